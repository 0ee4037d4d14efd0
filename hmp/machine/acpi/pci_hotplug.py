"""The ACPI PCI hotplug registers: pc at ports 0xae00 to 0xae17, q35 at 0xcc0 to 0xcd7
(docs/qemu-behaviour/devices.md §8).

This is the only door between a guest and the PCI slots: the simulated guest and the monitor's `o`
and `i` use it alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hmp.machine.devices.pci import SLOTS, PciBus, PciDevice

LENGTH = 0x18
UP, DOWN, EJECT, REMOVABLE, BUS = 0x00, 0x04, 0x08, 0x0C, 0x10
WIDTH = 4
UNASSIGNED = 0xFFFFFFFF
NOTHING = 0


class PciHotplugRegisters:
    """The registers over the buses that take devices at run time; `eject` takes a device out of the
    machine.

    Selector 0 is the root bus where that takes hotplug; the buses of root ports follow, the newest
    first.
    """

    name, length = "acpi-pci-hotplug", LENGTH

    def __init__(
        self, base: int, buses: Callable[[], Iterable[PciBus]], eject: Callable[[PciDevice], None]
    ) -> None:
        self.base = base
        self.selector = 0
        self.interrupted = False
        self._buses, self._eject = buses, eject
        self._up: dict[PciBus, int] = {}
        self._down: dict[PciBus, int] = {}

    def buses(self) -> list[PciBus]:
        """The buses by selector."""
        return [bus for bus in self._buses() if bus.hotplug]

    def insert(self, bus: PciBus, slot: int, announce: bool) -> None:
        """A device was plugged; the guest is told of it unless it was there before the machine
        started.
        """
        if announce:
            self._up[bus] = self._up.get(bus, 0) | 1 << slot
            self.interrupted = True

    def request_removal(self, bus: PciBus, slot: int) -> None:
        """Ask the guest to let the devices of a slot go."""
        self._down[bus] = self._down.get(bus, 0) | 1 << slot
        self.interrupted = True

    def reset(self) -> None:
        """A reset completes every removal that was asked for and forgets what was announced."""
        for bus, mask in list(self._down.items()):
            for slot in range(SLOTS):
                if mask >> slot & 1:
                    self._eject_lowest(bus, 1 << slot)
        self._up.clear()
        for bus in self.buses():
            bus.pin_bridges()

    def covers(self, port: int) -> bool:
        """Whether a port is one of these registers."""
        return 0 <= port - self.base < LENGTH

    def _selected(self) -> PciBus | None:
        buses = self.buses()
        return buses[self.selector] if self.selector < len(buses) else None

    def read(self, port: int, size: int) -> int:
        """What a guest reads; only whole aligned words can be read, anything else is 0."""
        register = port - self.base
        if size != WIDTH or register % WIDTH:
            return NOTHING
        if register == BUS:
            return self.selector
        bus = self._selected()
        if bus is None:
            return UNASSIGNED if register == REMOVABLE else NOTHING
        if register == UP:
            return self._up.pop(bus, 0)
        if register == DOWN:
            return self._down.get(bus, 0)
        return bus.removable_mask() if register == REMOVABLE else NOTHING

    def write(self, port: int, value: int, size: int) -> None:
        """What a guest writes: a bus selector, or the slots whose devices it has let go."""
        register = port - self.base
        if size != WIDTH or register % WIDTH:
            return
        if register == BUS:
            self.selector = value
        elif register == EJECT and (bus := self._selected()) is not None:
            self._eject_lowest(bus, value)

    def _eject_lowest(self, bus: PciBus, mask: int) -> None:
        """Only the lowest slot of the mask is looked at; bridges stay where they are."""
        slot = (mask & -mask).bit_length() - 1
        if not 0 <= slot < SLOTS:
            return
        self._down[bus] = self._down.get(bus, 0) & ~(1 << slot)
        self._up[bus] = self._up.get(bus, 0) & ~(1 << slot)
        bus.remove_board_device(slot)
        for device in bus.in_slot(slot):
            if not device.is_bridge:
                self._eject(device)
