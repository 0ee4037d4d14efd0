"""What every device has: generic properties, a place in the object tree, and the steps of plug and
unplug, in the order of `plug.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.machine.devices.bus import Bus, BusHotplugError
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import Boolean, Link, Property

if TYPE_CHECKING:
    from hmp.machine.boards.types import Board
    from hmp.machine.machine import Machine


class RealizedPropertyError(StateError):
    """The property can't be set once the device is realized."""

    def __init__(self, property: str, message: str) -> None:
        super().__init__(message)
        self.property = self.parameter = property


class NotHotpluggableError(StateError):
    """The type has no hotplug handler on this machine."""

    def __init__(self, type_name: str) -> None:
        super().__init__(f"Device '{type_name}' can not be hotplugged on this machine")
        self.type_name = type_name


class ColdOnlyError(StateError):
    """A device of that type is there from the start, or not at all."""

    def __init__(self, type_name: str) -> None:
        super().__init__(f"Device '{type_name}' does not support hotplugging")
        self.type_name = type_name


class Device(Object):
    """A device.

    `bus_kind` is the kind of bus that the device needs, empty for none; `bus` the one that it is to
    be on; `buses` those that it gives, the newest first. `category` and `description` are how
    `device_add help` lists the type. `cold_only`: it can't be hotplugged.
    """

    type_name = "device"
    ancestors: ClassVar[tuple[str, ...]] = ("device",)
    bus_kind: ClassVar[str] = ""
    category: ClassVar[str] = "Uncategorized"
    description: ClassVar[str] = ""
    cold_only: ClassVar[bool] = False
    is_inert: ClassVar[bool] = False
    machine: Machine

    parent_bus: Property[Object | None] = Property(Link("bus"), name="parent_bus", settable=False)
    realized = Property(Boolean(), default=False, settable_when_realized=True)
    hotplugged = Property(Boolean(), default=False, settable=False)
    hotpluggable = Property(Boolean(), default=True, settable=False)

    def __init__(self) -> None:
        super().__init__()
        self.bus: Bus | None = None
        self.buses: list[Bus] = []

    @property
    def identifier(self) -> str:
        """The id, empty for a device that has none."""
        return self.name if self.parent is not None and self.parent.name == "peripheral" else ""

    def belong_to(self, machine: Machine) -> None:
        """Take note of the machine that the device is made for."""
        self.machine = machine

    def devices_below(self) -> list[Device]:
        """Return the devices that go with this one, the lowest first."""
        on_buses = [device for bus in self.buses for device in bus.devices]
        parts = [child for child in self.children.values() if isinstance(child, Device)]
        found: dict[Device, None] = {}
        for device in (*on_buses, *parts):
            found.update(dict.fromkeys((*device.devices_below(), device)))
        return list(found)

    def apply_defaults(self, board: Board) -> None:
        """Take what options that are about the type set, before -global does."""

    @classmethod
    def is_plugged_by(cls, board: Board) -> bool:
        """Return whether a board itself plugs and unplugs such a device, which is on no bus."""
        return False

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        """Make every check, in QEMU's order, and set what the machine chooses, such as the address.

        The machine is unchanged when this raises an HmpError.
        """

    def acquire(self, machine: Machine) -> None:
        """Do what the host must do before the plug; raise HostError when it fails.

        The last step that may fail: what it discards from a file is gone.
        """

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        """Make the device a part of the machine: this step cannot fail."""
        if self.bus is not None:
            self.parent_bus, self.hotpluggable = self.bus, self.bus.hotplug
            self.bus.devices.insert(0, self)
        if self.cold_only:
            self.hotpluggable = False

    def check_unplug(self, machine: Machine, path: str) -> None:
        """Raise StateError when the device, called `path` by the user, can't be unplugged."""
        if self.cold_only:
            raise ColdOnlyError(self.type_name)
        if self.bus is not None and not self.bus.hotplug:
            raise BusHotplugError(self.bus.name)
        if self.bus is None and not self.is_plugged_by(machine.board):
            raise NotHotpluggableError(self.type_name)

    def request_unplug(self, machine: Machine) -> None:
        """Ask the guest to release the device."""

    def unplug(self, machine: Machine) -> None:
        """Take the device out of the machine; its object stays in the tree."""
        if self.bus is not None and self in self.bus.devices:
            self.bus.devices.remove(self)

    def check_writable(self, item: Property, before_reading: bool) -> None:
        if not self.realized or not before_reading or item.settable_when_realized:
            return
        if item.immutable_message:
            raise RealizedPropertyError(item.name, item.immutable_message)
        # Without an id QEMU prints a null pointer here, and other words below
        # (docs/qemu-behaviour/devices.md §7).
        if isinstance(item.type, Link):
            who = f"device '{self.identifier or '(null)'}'"
            message = (
                f"Attempt to set link property '{item.name}' on {who} (type '{self.type_name}') "
                "after it was realized"
            )
            raise RealizedPropertyError(item.name, message)
        who = f"device '{self.identifier}'" if self.identifier else "anonymous device"
        message = (
            f"Attempt to set property '{item.name}' on {who} (type '{self.type_name}') "
            "after it was realized"
        )
        raise RealizedPropertyError(item.name, message)


class BoardDevice(Device):
    """A device of the board, there for its path; `unplug_error` makes device_del's error."""

    def __init__(self, type_name: str, unplug_error: Callable[[], StateError]) -> None:
        self.type_name = type_name
        super().__init__()
        self._unplug_error = unplug_error

    def check_unplug(self, machine: Machine, path: str) -> None:
        raise self._unplug_error()


DEVICE_PROPERTIES = Device.declared
"""The properties of every device."""
