"""Types by name, each in a module that is imported when the type is first asked for: a script must
start at once.

Which types there are is said where they are created.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any


class LazyTypeRegistry(Mapping[str, Any]):
    """A mapping from QOM type names to classes; `places` gives `module:Class` for each, below
    `hmp.machine`.
    """

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places

    def __getitem__(self, name: str) -> Any:
        module, _colon, kind = self._places[name].partition(":")
        return getattr(import_module(f"hmp.machine.{module}"), kind)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
