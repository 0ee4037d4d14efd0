"""The properties that devices have in a version of a machine instead of their defaults (recorded by
`scripts/record compat`).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from hmp.recorded import read_recorded


class CompatProperty(NamedTuple):
    """A property of a type, and of the types that derive from it, with its value as text."""

    driver: str
    name: str
    value: str


@cache
def compat_properties(machine: str) -> tuple[CompatProperty, ...]:
    """Return those of a type of machines, in the order in which they are set."""
    data = read_recorded(__file__, "compat.json")
    return tuple(CompatProperty(*data["properties"][row]) for row in data["machines"][machine])
