"""Types by name, each in a module that is imported on first use, which keeps the start fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any


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
