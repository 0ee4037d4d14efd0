"""The types of QMP's arguments, results and events, as query-qmp-schema shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

STRING, INTEGER, BOOLEAN, ANY = "str", "int", "bool", "any"
NUMBER = "number"
JSON_TYPES = {STRING: "string", INTEGER: "int", BOOLEAN: "boolean", ANY: "value", NUMBER: "number"}


class Enumeration(NamedTuple):
    """A string that is one of a few words."""

    values: tuple[str, ...]

    @classmethod
    def of(cls, words: str) -> Enumeration:
        """Return the enumeration of the words of a text."""
        return cls(tuple(words.split()))


class List(NamedTuple):
    """A list of elements of one type."""

    element: Type


class Structure:
    """An object; the name of an optional member ends with `?`.

    The value of the member `tag`, if any, says which of `variants` adds its members.
    """

    def __init__(
        self,
        members: Mapping[str, Type] | None = None,
        tag: str = "",
        variants: Mapping[str, Structure] | None = None,
    ) -> None:
        self.members, self.tag, self.variants = dict(members or {}), tag, dict(variants or {})


Type = str | Enumeration | List | Structure
EMPTY = Structure()
