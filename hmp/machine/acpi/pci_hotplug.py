"""The ACPI PCI hotplug registers: pc at ports 0xae00 to 0xae17, q35 at 0xcc0 to 0xcd7
(docs/qemu-behaviour/devices.md §8).

A guest reaches the PCI slots only through them: the simulated guest, and the monitor's `o` and `i`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hmp.machine.devices.pci.device import SLOTS, PciBus, PciDevice
from hmp.units import ALL_ONES_32

PORT_COUNT = 0x18
PLUGGED, UNPLUG_REQUESTED, EJECT, REMOVABLE, BUS = 0x00, 0x04, 0x08, 0x0C, 0x10
REGISTER_BYTES = 4
NO_BUS_REMOVABLE, NO_VALUE = ALL_ONES_32, 0


class PciHotplugRegisters:
    """The registers of the buses that support hotplug; `eject` removes a device from the machine.

    Selector 0 is the root bus if that supports hotplug; the buses of root ports follow, the newest
    first. `irq_pending`: the guest has to look at the slots.
    """

    name, length = "acpi-pci-hotplug", PORT_COUNT

    def __init__(
        self, base: int, buses: Callable[[], Iterable[PciBus]], eject: Callable[[PciDevice], None]
    ) -> None:
        self.base = base
        self.selector = 0
        self.irq_pending = False
        self._buses, self._eject = buses, eject
        self._plugged: dict[PciBus, int] = {}
        self._unplug_requested: dict[PciBus, int] = {}

    def buses(self) -> list[PciBus]:
        """Return the buses by selector."""
        return [bus for bus in self._buses() if bus.hotplug]

    def insert(self, bus: PciBus, slot: int, notify_guest: bool) -> None:
        """Record a plugged device, and notify the guest unless it was plugged at startup."""
        if notify_guest:
            self._plugged[bus] = self._plugged.get(bus, 0) | 1 << slot
            self.irq_pending = True

    def request_removal(self, bus: PciBus, slot: int) -> None:
        """Ask the guest to release the devices of a slot."""
        self._unplug_requested[bus] = self._unplug_requested.get(bus, 0) | 1 << slot
        self.irq_pending = True

    def reset(self) -> None:
        """Complete every requested removal and forget which devices are new."""
        for bus, mask in list(self._unplug_requested.items()):
            for slot in range(SLOTS):
                if mask >> slot & 1:
                    self._eject_lowest(bus, 1 << slot)
        self._plugged.clear()
        for bus in self.buses():
            bus.mark_bridges_non_ejectable()

    def contains(self, port: int) -> bool:
        """Return whether a port is one of these registers."""
        return 0 <= port - self.base < PORT_COUNT

    def _selected(self) -> PciBus | None:
        buses = self.buses()
        return buses[self.selector] if self.selector < len(buses) else None

    def read(self, port: int, size: int) -> int:
        """Return what a guest reads: a whole register; any other read is 0."""
        register = port - self.base
        if size != REGISTER_BYTES or register % REGISTER_BYTES:
            return NO_VALUE
        if register == BUS:
            return self.selector
        bus = self._selected()
        if bus is None:
            return NO_BUS_REMOVABLE if register == REMOVABLE else NO_VALUE
        if register == PLUGGED:
            # Reading clears it (tests/recordings/hmp/devices/pci-registers.hmp).
            return self._plugged.pop(bus, 0)
        if register == UNPLUG_REQUESTED:
            return self._unplug_requested.get(bus, 0)
        return bus.removable_mask() if register == REMOVABLE else NO_VALUE

    def write(self, port: int, value: int, size: int) -> None:
        """Do what a guest's write asks for: select a bus, or eject the devices of a slot."""
        register = port - self.base
        if size != REGISTER_BYTES or register % REGISTER_BYTES:
            return
        if register == BUS:
            self.selector = value
        elif register == EJECT and (bus := self._selected()) is not None:
            self._eject_lowest(bus, value)

    def _eject_lowest(self, bus: PciBus, mask: int) -> None:
        """Eject the devices of the lowest slot of a mask, except bridges; ignore other slots."""
        # `mask & -mask` is the lowest bit that is set; 0 has none, which gives slot -1.
        slot = (mask & -mask).bit_length() - 1
        if not 0 <= slot < SLOTS:
            return
        self._unplug_requested[bus] = self._unplug_requested.get(bus, 0) & ~(1 << slot)
        self._plugged[bus] = self._plugged.get(bus, 0) & ~(1 << slot)
        bus.remove_board_device(slot)
        for device in bus.devices_in_slot(slot):
            if not device.is_bridge:
                self._eject(device)
