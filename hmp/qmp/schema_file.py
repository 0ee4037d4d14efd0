"""QEMU's schema of QMP (recorded: scripts/record qmp-schema), read when it is first needed.

A member's name ends with `?` when it is optional; `!` and a feature follow for each that it has.
`[T]` is an array of T.
"""

from __future__ import annotations

from functools import cache
from typing import TypedDict

from hmp.qmp.types import ANY, JSON_TYPES, Enumeration, List, Structure, Type
from hmp.recorded import read_recorded


class Callable(TypedDict, total=False):
    """A command or an event; an event returns nothing."""

    arguments: str
    returns: str
    features: list[str]
    oob: bool


class Kind(TypedDict, total=False):
    """An object with its tag and variants, or an alternate with its kinds of values."""

    members: dict[str, str]
    tag: str
    variants: dict[str, str]
    alternatives: list[str]
    features: list[str]


class Schema(TypedDict):
    """All commands and events by name, and types by number; an enumeration is a list of words."""

    commands: dict[str, Callable]
    events: dict[str, Callable]
    types: dict[str, Kind | list[str]]


@cache
def recorded() -> Schema:
    """Return the whole schema."""
    found: Schema = read_recorded(__file__, "schema.json")
    return found


@cache
def arguments_of(command: str) -> Structure:
    """Return the arguments that QEMU's command takes, to check those of a request by."""
    return _structure(recorded()["commands"][command]["arguments"], {})


def _type(name: str, known: dict[str, Structure]) -> Type:
    if name.startswith("["):
        return List(_type(name[1:-1], known))
    if name in JSON_TYPES:
        return name
    found = recorded()["types"].get(name)
    if found is None or (isinstance(found, dict) and "alternatives" in found):
        return ANY
    if isinstance(found, list):
        return Enumeration(tuple(word.partition("!")[0] for word in found))
    return _structure(name, known)


def _structure(name: str, known: dict[str, Structure]) -> Structure:
    """Return a structure; `known` are those that it may be inside of, as a member of itself."""
    if name in known:
        return known[name]
    found = recorded()["types"][name]
    assert isinstance(found, dict)
    made = known[name] = Structure(tag=found.get("tag", ""))
    for member, kind in found["members"].items():
        made.members[member.partition("!")[0]] = _type(kind, known)
    for case, kind in found.get("variants", {}).items():
        made.variants[case] = _structure(kind, known)
    return made
