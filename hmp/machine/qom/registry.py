"""Types by name: ours, each in a module that is imported on first use, which keeps the start fast;
and those of another program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from hmp.machine.qom.property import Property


class LazyTypeRegistry(Mapping[str, Any]):
    """A mapping from type names to classes, each given as `module:Class` below `hmp.machine`."""

    def __init__(self, locations: dict[str, str]) -> None:
        self._locations = locations

    def __getitem__(self, name: str) -> Any:
        module, _colon, kind = self._locations[name].partition(":")
        return getattr(import_module(f"hmp.machine.{module}"), kind)

    def __contains__(self, name: object) -> bool:
        return name in self._locations

    def __iter__(self) -> Iterator[str]:
        return iter(self._locations)

    def __len__(self) -> int:
        return len(self._locations)


class TypeSource(Protocol):
    """Knows the types of a machine that another program has."""

    def creatable(self, implied_key: str) -> tuple[str, ...]:
        """Return the types that an option list may begin with, none where that is not known."""

    def options(
        self, implied_key: str, type_name: str, own: dict[str, Property]
    ) -> dict[str, Property]:
        """Return the properties of a type that can be set; `own`, those of this program's type of
        that name, where they are not known.
        """
