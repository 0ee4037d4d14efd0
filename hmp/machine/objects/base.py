"""What the objects without an effect on memory share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from hmp.errors import DeviceNotFoundError, ParameterError, StateError
from hmp.machine.chardevs.device import CharacterDevice, FrontEnd
from hmp.machine.qom.object import Object, UserObject
from hmp.machine.qom.property import Integer, Property, PropertyValueError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MAX_INT64 = (1 << 63) - 1


class MachineObject(UserObject):
    """An object that looks for others in its `machine` when it is completed."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self.machine = machine
        self._taken: list[CharacterDevice] = []
        self._front_end = FrontEnd()

    @classmethod
    def for_machine(cls, machine: Machine) -> Self:
        return cls(machine)

    def find_chardev(self, identifier: str) -> CharacterDevice:
        """Return the character device of that id; raise DeviceNotFoundError when there is none."""
        found = self.machine.chardevs.children.get(identifier)
        if not isinstance(found, CharacterDevice):
            raise DeviceNotFoundError(identifier)
        return found

    def take_chardev(self, identifier: str) -> None:
        """Use a character device, which nothing else uses then, until the object is deleted.

        Raises:
            StateError: There is none of that id, or it is in use.
        """
        device = self.find_chardev(identifier)
        try:
            device.attach(self._front_end)
        except StateError:
            self.release()
            raise
        self._taken.append(device)

    def release(self) -> None:
        for device in self._taken:
            device.detach(self._front_end)
        self._taken.clear()


class RangeError(PropertyValueError):
    """A number beyond the bounds of its property."""


class Ranged(Property[int]):
    """A property whose numbers have bounds within those of its C type."""

    __slots__ = ("high", "low")

    def __init__(self, default: int, low: int = 0, high: int = MAX_INT64) -> None:
        super().__init__(Integer(64, signed=True, label="int"), default=default)
        self.low, self.high = low, high

    def set(self, instance: object, value: object) -> None:
        assert isinstance(value, int)
        if not self.low <= value <= self.high:
            raise RangeError(
                self.name, value, f"{self.name} value must be in range [{self.low}, {self.high}]"
            )
        super().set(instance, value)


class Positive(Property[int]):
    """A number that may not be 0."""

    def set(self, instance: object, value: object) -> None:
        if not value:
            kind = getattr(instance, "type_name", "")
            raise PropertyValueError(
                self.name, value, f"Property '{kind}.{self.name}' doesn't take value '0'"
            )
        super().set(instance, value)


class FixedAtCreation(Property[Any]):
    """A property that can't be set once the object is in the tree."""

    def set(self, instance: object, value: object) -> None:
        if isinstance(instance, Object) and instance.parent is not None:
            raise StateError(f"Property '{self.name}' can no longer be set")
        super().set(instance, value)


class Opened(Property[bool]):
    """`opened` of random number generators, which nobody can set."""

    def set(self, instance: object, value: object) -> None:
        kind = getattr(instance, "type_name", "")
        raise ParameterError(self.name, f"Property '{kind}.{self.name}' is not writable")
