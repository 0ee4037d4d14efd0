"""Buses: where devices are plugged, and how one is found by its name or kind
(docs/qemu-behaviour/devices.md §2, stage 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import Boolean, Link, Property

if TYPE_CHECKING:
    from hmp.machine.boards.types import Board
    from hmp.machine.devices.base import Device
    from hmp.machine.machine import Machine


class BusError(StateError):
    """The bus can't be used for the device."""

    parameter = "bus"

    def __init__(self, bus: str, message: str) -> None:
        super().__init__(message)
        self.bus = bus


class BusHotplugError(BusError):
    """Nothing can be plugged into the bus or unplugged from it at run time."""

    def __init__(self, bus: str) -> None:
        super().__init__(bus, f"Bus '{bus}' does not support hotplugging")


class WrongBusError(StateError):
    """The named bus, or every bus, is of another kind than the device needs, or full."""

    parameter = "bus"

    def __init__(self, driver: str, bus_kind: str, message: str) -> None:
        super().__init__(message)
        self.driver, self.bus_kind = driver, bus_kind


class Bus(Object):
    """A bus: its type, and its devices, the newest first.

    `max_devices` is how many it takes, None for any number; `port_count` the number of ports of a
    USB or virtio serial bus. Of a USB bus `number` tells which one it is, of an IDE bus that is
    plugged how many units others have before it. `ports_in_use` are the devices at the ports of a
    USB bus, and `free_ports` the others, which are taken from the front and come back at the end.
    """

    realized = Property(Boolean(), default=True, settable=False)
    hotplug_handler: Property[Object | None] = Property(Link("hotplug-handler"), settable=False)

    def __init__(
        self,
        type_name: str,
        hotplug: bool,
        kinds: tuple[str, ...] = (),
        max_devices: int | None = None,
        name: str = "",
    ) -> None:
        self.type_name = type_name
        super().__init__()
        self.name = name
        self.hotplug, self.max_devices = hotplug, max_devices
        self.kinds = (type_name, *kinds)
        self.devices: list[Device] = []
        self.port_count = self.number = 0
        self.ports_in_use: dict[str, Device] = {}
        self.free_ports: list[str] = []

    @property
    def is_full(self) -> bool:
        """Whether it takes no other device."""
        return self.max_devices is not None and len(self.devices) >= self.max_devices

    def claim_port(self, port: str, device: Device) -> None:
        """Give a free port to a device."""
        self.free_ports.remove(port)
        self.ports_in_use[port] = device

    def release_port(self, port: str) -> None:
        """Take a port back."""
        del self.ports_in_use[port]
        self.free_ports.append(port)

    def walk_buses(self) -> Iterator[Bus]:
        """Return the bus and every bus below it, in QEMU's order: the newest device first."""
        yield self
        for device in self.devices:
            for bus in device.buses:
                yield from bus.walk_buses()


class BusNames:
    """The names that the buses of a machine have whose devices have no id."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._next_numbers: dict[str, int] = {}

    def free(self, type_name: str) -> str:
        """Return the name that the next bus of a type will have."""
        word = type_name.lower()
        taken = sum(name.startswith(f"{word}.") for name in self._board.buses if word != "pcie")
        return f"{word}.{self._next_numbers.get(word, taken)}"

    def take(self, type_name: str) -> str:
        """Return the name of the next bus of a type, and use it up."""
        name = self.free(type_name)
        word, _point, number = name.rpartition(".")
        self._next_numbers[word] = int(number) + 1
        return name


def find_bus(machine: Machine, driver: str, kind: str, wanted: object) -> Bus | None:
    """Return the bus of that name, or the first of a kind that has room; None for no kind.

    Raises:
        BusError: There is no bus of that name, or it is full.
        WrongBusError: The named bus, or every bus, is of another kind, or full.
    """
    if wanted is not None:
        return _named_bus(machine, driver, kind, str(wanted))
    if not kind:
        return None
    found = [bus for bus in machine.buses() if kind in bus.kinds]
    if not found:
        raise WrongBusError(driver, kind, f"No '{kind}' bus found for device '{driver}'")
    for bus in found:
        if not bus.is_full:
            return bus
    raise WrongBusError(driver, kind, f"A '{kind}' bus was found but is full")


def _named_bus(machine: Machine, driver: str, kind: str, wanted: str) -> Bus:
    # A path leads over devices and buses; its last part is the bus
    # (experiment: bus=/i440FX-pcihost/pci.0).
    name = wanted.rstrip("/").rpartition("/")[2]
    named = [bus for bus in machine.buses() if bus.name == name]
    if not named:
        raise BusError(wanted, f"Bus '{wanted}' not found")
    found = next((bus for bus in named if not bus.is_full), None)
    if found is None:
        raise BusError(wanted, f"Bus '{wanted}' is full")
    if kind not in found.kinds:
        raise WrongBusError(driver, kind, f"Device '{driver}' can't go on {found.type_name} bus")
    return found
