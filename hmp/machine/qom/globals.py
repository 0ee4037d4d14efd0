"""What -global sets: properties of all devices of a type, or of a type derived from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.record import Record

if TYPE_CHECKING:
    from hmp.machine.qom.object import Object


class GlobalProperty(Record):
    """A property of a type of devices, with its value as text."""

    driver: str
    name: str
    value: str

    def describe_error(self, message: str) -> str:
        """Return QEMU's error for a value that does not fit."""
        return f"can't apply global {self.driver}.{self.name}={self.value}: {message}"


class GlobalProperties:
    """All of them, in the order of the command line."""

    def __init__(self) -> None:
        self.items: list[GlobalProperty] = []
        self._used: set[GlobalProperty] = set()

    def __bool__(self) -> bool:
        return bool(self.items)

    def of(self, device: Object) -> Iterator[GlobalProperty]:
        """Return those of an object's type and of those that it derives from; they are used now."""
        return self.of_types((device.type_name, *device.ancestors))

    def of_types(self, names: tuple[str, ...]) -> Iterator[GlobalProperty]:
        """Return those of any of these types, which are used now."""
        for item in self.items:
            if item.driver in names:
                self._used.add(item)
                yield item

    def is_used(self, item: GlobalProperty) -> bool:
        """Return whether any device had it."""
        return item in self._used
