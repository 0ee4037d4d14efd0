"""Values of the types that `types.json` describes (recorded: scripts/record qapi-types), checked in
QEMU's order: members as they are declared, then those that the tag adds, then what is left over.
"""

from __future__ import annotations

from functools import cache
from typing import Protocol, TypedDict

from hmp.errors import (
    ChoiceError,
    InvalidParameterError,
    MissingParameterError,
    ParameterError,
    ParameterTypeError,
)
from hmp.machine.qom.property import PropertyType
from hmp.machine.qom.property import Visitor as PropertyVisitor
from hmp.machine.qom.visitors import OptsVisitor
from hmp.recorded import read_recorded

# Of a number its bits and whether it has a sign; a size may have a suffix.
INTEGERS = {
    "int": (64, True),
    **{f"int{bits}": (bits, True) for bits in (8, 16, 32)},
    **{f"uint{bits}": (bits, False) for bits in (8, 16, 32, 64)},
}


class Visitor(PropertyVisitor, Protocol):
    """What reading a structure needs besides: names of elements, and of what is left over."""

    def number(self, key: str, raw: object) -> float: ...
    def element(self, key: str, index: int) -> str: ...
    def unexpected(self, key: str, raw: object) -> ParameterError: ...


class Description(TypedDict, total=False):
    """A structure, with its tag and variants, or an alternate with its kinds of values."""

    members: dict[str, str]
    tag: str
    variants: dict[str, str]
    alternatives: list[str]
    label: str


@cache
def descriptions() -> dict[str, Description | list[str]]:
    """Return every type by name: an enumeration is the list of its words."""
    found: dict[str, Description | list[str]] = read_recorded(__file__, "types.json")
    return found


def describe(name: str) -> Description:
    """Return the description of a structure."""
    found = descriptions()[name]
    assert isinstance(found, dict)
    return found


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of an enumeration."""
    found = descriptions()[name]
    assert isinstance(found, list)
    return tuple(found)


def read_structure(name: str, visitor: Visitor, raw: dict[str, object]) -> dict[str, object]:
    """Return the checked members of a whole option or of the arguments of a command.

    Raises:
        InputError: The first member that is missing, wrong or left over.
    """
    return _Reader(visitor).structure(name, "", raw)


class _Reader:
    """Reads values with one visitor; `path` is the full name of a value, which messages have."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor

    def value(self, kind: str, path: str, name: str, raw: object) -> object:
        if kind.startswith("["):
            return self.elements(kind[1:-1], path, raw)
        if kind in INTEGERS:
            return self.visitor.integer(path, raw, *INTEGERS[kind])
        if kind == "size":
            return self.visitor.size(path, raw)
        if kind == "bool":
            return self.visitor.boolean(path, raw)
        if kind == "str":
            return self.visitor.text(path, raw)
        if kind == "number":
            return self.visitor.number(path, raw)
        found = descriptions()[kind]
        if isinstance(found, list):
            word = self.visitor.text(path, raw)
            if word not in found:
                # The error has the name of the member, without its path (experiment).
                raise ChoiceError(name, word)
            return word
        if "alternatives" in found:
            return self.alternate(found, path, name, raw)
        if not isinstance(raw, dict):
            raise ParameterTypeError(path, "object")
        return self.structure(kind, f"{path}.", raw)

    def elements(self, kind: str, path: str, raw: object) -> list[object]:
        if not isinstance(raw, list):
            raise ParameterTypeError(path, "array")
        return [
            self.value(kind, self.visitor.element(path, index), "null", item)
            for index, item in enumerate(raw)
        ]

    def alternate(self, found: Description, path: str, name: str, raw: object) -> object:
        for kind in found["alternatives"]:
            fits = {"str": isinstance(raw, str), "null": raw is None}
            known = descriptions().get(kind)
            if isinstance(known, list) and isinstance(raw, str):
                return self.value(kind, path, name, raw)
            if fits.get(kind):
                return raw
            if isinstance(known, dict) and isinstance(raw, dict):
                return self.value(kind, path, name, raw)
        raise ParameterTypeError(path, found.get("label", "string"))

    def structure(self, kind: str, path: str, raw: dict[str, object]) -> dict[str, object]:
        found = describe(kind)
        values = self.members(found, path, raw)
        tag = values.get(found.get("tag", ""))
        variant = found.get("variants", {}).get(str(tag))
        if variant is not None:
            values.update(self.members(describe(variant), path, raw))
        for key, item in raw.items():
            if key not in values:
                raise self.visitor.unexpected(f"{path}{key}", item)
        return values

    def missing(self, name: str, kind: str) -> str:
        """Return the name of a member that is missing: in an option list a structure has none."""
        if isinstance(self.visitor, OptsVisitor) and isinstance(descriptions().get(kind), dict):
            return describe(kind).get("tag", name)
        return name

    def members(self, found: Description, path: str, raw: dict[str, object]) -> dict[str, object]:
        values: dict[str, object] = {}
        for member, kind in found["members"].items():
            name = member.removesuffix("?")
            if name in raw:
                values[name] = self.value(kind, f"{path}{name}", name, raw[name])
            elif name == member:
                raise MissingParameterError(f"{path}{self.missing(name, kind)}")
        return values


class Described(PropertyType):
    """A property whose value is a structure or a list of them; `label` is QEMU's name of it."""

    def __init__(self, label: str, kind: str) -> None:
        self.label, self.kind = label, kind

    def read(self, visitor: PropertyVisitor, key: str, raw: object) -> object:
        # The option list of -object has no nested values (experiment: `limits=1`).
        if isinstance(visitor, OptsVisitor):
            raise InvalidParameterError(key)
        reader: Visitor = visitor  # type: ignore[assignment]
        return _Reader(reader).value(self.kind, key, key, raw)
