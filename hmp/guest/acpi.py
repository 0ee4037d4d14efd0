"""Memory slots from inside: the scan of all slots, and one notification after the other
(docs/qemu-behaviour/qmp.md §B1).

The registers are the only door to the slots; what the guest decides of a DIMM is asked of the
guest.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from hmp.guest.policy import HANG, RELEASE
from hmp.machine.acpi import memory_hotplug as registers
from hmp.machine.acpi import pci_hotplug
from hmp.machine.devices import pci

if TYPE_CHECKING:
    from hmp.guest.guest import Guest
    from hmp.machine.acpi.pci_hotplug import PciHotplugRegisters
    from hmp.machine.machine import Machine


def eject_leaving(door: PciHotplugRegisters) -> None:
    """Look at every bus and eject what was asked to go."""
    door.irq_pending = False
    for selector in range(len(door.buses())):
        door.write(door.base + pci_hotplug.BUS, selector, pci_hotplug.REGISTER_BYTES)
        door.read(door.base + pci_hotplug.PLUGGED, pci_hotplug.REGISTER_BYTES)
        leaving = door.read(door.base + pci_hotplug.UNPLUG_REQUESTED, pci_hotplug.REGISTER_BYTES)
        for slot in range(pci.SLOTS):
            if leaving >> slot & 1:
                door.write(door.base + pci_hotplug.EJECT, 1 << slot, pci_hotplug.REGISTER_BYTES)


OST_INSERT, OST_EJECT = 1, 3
OST_SUCCESS, OST_REFUSED, OST_IN_PROGRESS = 0, 130, 132


class AcpiMemory:
    """Works off what the slots ask for."""

    def __init__(self, machine: Machine, guest: Guest) -> None:
        self._machine, self._guest = machine, guest
        self._waiting: deque[tuple[int, int]] = deque()
        self._working = False
        self._hanging: int | None = None

    def scan(self) -> None:
        """Look at all slots, insertions before removals in each, and queue what was found in slot
        order.
        """
        door = self._machine.registers
        door.irq_pending = False
        for slot in range(len(door.slots)):
            request = self._request(slot)
            if request:
                self._waiting.append((slot, request))
        if not self._working:
            self._take_next()

    def _request(self, slot: int) -> int:
        """What a slot asks for, taken note of by clearing its flag; 0 for nothing."""
        self._select(slot)
        flags = self._machine.registers.read(registers.PORT_BASE + registers.FLAGS, 1)
        request = flags & registers.INSERT_PENDING or flags & registers.REMOVAL_REQUESTED
        if request:
            self._write(registers.FLAGS, request, 1)
        return request

    def _take_next(self) -> None:
        self._working = bool(self._waiting)
        if not self._working:
            return
        slot, request = self._waiting.popleft()
        if request == registers.INSERT_PENDING:
            self._guest.step(lambda: self._insert(slot))
        else:
            self._report(slot, OST_EJECT, OST_IN_PROGRESS)
            self._guest.step(lambda: self._answer_removal(slot))

    def _insert(self, slot: int) -> None:
        """Success is claimed even for memory that the guest can't add."""
        device = self._machine.registers.slots[slot].device
        if device:
            self._guest.memory.add(device)
        self._report(slot, OST_INSERT, OST_SUCCESS)
        self._take_next()

    def _answer_removal(self, slot: int) -> None:
        device = self._machine.registers.slots[slot].device
        unplug_outcome = self._guest.unplug_outcome(device) if device else RELEASE
        if unplug_outcome == HANG:
            self._hanging = slot
        elif unplug_outcome == RELEASE:
            self._eject(slot)
        else:
            self._report(slot, OST_EJECT, OST_REFUSED)
            self._take_next()

    def _eject(self, slot: int) -> None:
        device = self._machine.registers.slots[slot].device
        if device:
            self._guest.memory.remove(device)
        self._select(slot)
        self._write(registers.FLAGS, registers.EJECT, 1)
        self._report(slot, OST_EJECT, OST_SUCCESS)
        self._take_next()

    @property
    def stuck_slot(self) -> int | None:
        """The slot whose removal hangs."""
        return self._hanging

    def release_hanging(self) -> None:
        """Let go the DIMM whose removal hangs, if one does."""
        slot, self._hanging = self._hanging, None
        if slot is not None:
            self._guest.step(lambda: self._eject(slot))

    def forget(self) -> None:
        """Forget what was queued; requests that the guest did not take note of stay in the
        registers.
        """
        self._waiting.clear()
        self._working, self._hanging = False, None

    def _select(self, slot: int) -> None:
        self._write(registers.SELECTOR, slot)

    def _report(self, slot: int, source: int, status: int) -> None:
        self._select(slot)
        self._write(registers.EVENT_CODE, source)
        self._write(registers.STATUS_CODE, status)

    def _write(self, register: int, value: int, size: int = 4) -> None:
        self._machine.registers.write(registers.PORT_BASE + register, value, size)
