"""What every device has: its generic properties, its place in the object tree, and the steps of
plug and unplug.

The kinds of devices are declared in modules of their own; the order of the steps is in `plug.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import Boolean, Link, Property

if TYPE_CHECKING:
    from hmp.machine.boards.types import Board
    from hmp.machine.machine import Machine

GENERIC = (
    Property("parent_bus", Link("bus"), settable=False),
    Property("realized", Boolean(), default=False, live=True),
    Property("hotplugged", Boolean(), default=False, settable=False),
    Property("hotpluggable", Boolean(), default=True, settable=False),
)


class RealizedPropertyError(StateError):
    """The property is fixed once the device is plugged."""

    def __init__(self, property: str, message: str) -> None:
        super().__init__(message)
        self.property = self.parameter = property


class NotHotpluggableError(StateError):
    """The machine takes no device of the type while it exists."""

    def __init__(self, type_name: str) -> None:
        super().__init__(f"Device '{type_name}' can not be hotplugged on this machine")
        self.type_name = type_name


class Device(Object):
    """Anything that device_del can be pointed at.

    `bus_kind` is the kind of bus that the device needs, empty for one that sits on none; `category`
    and `description` are how `device_add help` lists the type.
    """

    type_name = "device"
    ancestors: ClassVar[tuple[str, ...]] = ("device",)
    declared: ClassVar[tuple[Property, ...]] = GENERIC
    bus_kind: ClassVar[str] = ""
    category: ClassVar[str] = "Uncategorized"
    description: ClassVar[str] = ""

    @property
    def identifier(self) -> str:
        """The id, empty for a device without one."""
        return self.name if self.parent is not None and self.parent.name == "peripheral" else ""

    def apply_defaults(self, board: Board) -> None:
        """Take the defaults of old versions of a board (docs/qemu-behaviour/devices.md §9)."""

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        """Every check that can fail, in the reference's order; fills in what the machine chooses.

        The machine is unchanged when this raises an HmpError.
        """

    def acquire(self, machine: Machine) -> None:
        """What the host must do before the device can be plugged; HostError when it does not."""

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        """Become a part of the machine: this step cannot fail."""

    def check_unplug(self, machine: Machine, path: str) -> None:
        """Raise StateError when the device, called `path` by the user, can't be asked to go."""

    def request_unplug(self, machine: Machine) -> None:
        """Ask the guest to let the device go."""

    def unplug(self, machine: Machine) -> None:
        """Leave the machine; the object stays in the tree."""

    def check_writable(self, item: Property, before_reading: bool) -> None:
        if not self.values["realized"] or not before_reading or item.live:
            return
        if item.frozen:
            raise RealizedPropertyError(item.name, item.frozen)
        if isinstance(item.kind, Link):
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
    """A part of the board, there so that paths lead to it; `refusal` makes the error that
    device_del gives.
    """

    def __init__(self, type_name: str, refusal: Callable[[], StateError]) -> None:
        self.type_name = type_name
        super().__init__()
        self.refusal = refusal

    def check_unplug(self, machine: Machine, path: str) -> None:
        raise self.refusal()
