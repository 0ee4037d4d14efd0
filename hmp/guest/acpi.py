"""The guest's ACPI hotplug code: the scan of the memory slots, one notification after the other,
and the ejection of PCI devices (docs/qemu-behaviour/qmp.md §B1).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.guest.policy import HANG, RELEASE
from hmp.machine.acpi import memory_hotplug as registers
from hmp.machine.acpi import pci_hotplug
from hmp.machine.devices import pci

if TYPE_CHECKING:
    from hmp.guest.guest import Guest
    from hmp.machine.acpi.pci_hotplug import PciHotplugRegisters
    from hmp.machine.devices.base import Device
    from hmp.machine.machine import Machine

# Arguments of _OST, the ACPI method by which a system reports on a notification: the event that it
# reports on (device check, eject request) and a status code.
OST_DEVICE_CHECK, OST_EJECT_REQUEST = 1, 3
OST_SUCCESS, OST_DEVICE_BUSY, OST_EJECT_IN_PROGRESS = 0, 0x82, 0x84


def eject_pending(regs: PciHotplugRegisters, before_eject: Callable[[Device], None]) -> None:
    """Eject every PCI device whose removal was requested, bus by bus."""
    regs.irq_pending = False
    for selector, bus in enumerate(regs.buses()):
        regs.write(regs.base + pci_hotplug.BUS, selector, pci_hotplug.REGISTER_BYTES)
        regs.read(
            regs.base + pci_hotplug.PLUGGED, pci_hotplug.REGISTER_BYTES
        )  # Reading clears the flags.
        requested = regs.read(regs.base + pci_hotplug.UNPLUG_REQUESTED, pci_hotplug.REGISTER_BYTES)
        for slot in range(pci.SLOTS):
            if requested >> slot & 1:
                for device in bus.devices_in_slot(slot):
                    before_eject(device)
                regs.write(regs.base + pci_hotplug.EJECT, 1 << slot, pci_hotplug.REGISTER_BYTES)


class MemoryHotplugDriver:
    """Handles the requests of the memory slots.

    `stuck_slot` is the slot whose removal hangs, if any; the notifications after it wait.
    """

    def __init__(self, machine: Machine, guest: Guest) -> None:
        self._machine, self._guest = machine, guest
        self._notifications: deque[tuple[int, int]] = deque()
        self._busy = False
        self.stuck_slot: int | None = None

    def scan(self) -> None:
        """Queue the requests of all slots, in slot order, and begin to handle them."""
        regs = self._machine.memory_registers
        regs.irq_pending = False
        for slot in range(len(regs.slots)):
            request = self._acknowledge(slot)
            if request:
                self._notifications.append((slot, request))
        # While one notification is handled, those of a later interrupt wait behind it.
        if not self._busy:
            self._handle_next()

    def _acknowledge(self, slot: int) -> int:
        """Clear the flag of a slot's request and return it; 0 where nothing is requested.

        Of two flags only *inserting* is seen; the removal waits for the next interrupt.
        """
        self._select(slot)
        flags = self._machine.memory_registers.read(registers.PORT_BASE + registers.FLAGS, 1)
        request = flags & registers.INSERT_PENDING or flags & registers.REMOVAL_REQUESTED
        if request:
            self._write(registers.FLAGS, request, 1)
        return request

    def _handle_next(self) -> None:
        self._busy = bool(self._notifications)
        if not self._busy:
            return
        slot, request = self._notifications.popleft()
        if request == registers.INSERT_PENDING:
            self._guest.call_after_latency(lambda: self._insert(slot))
        else:
            # At once, before any block is offline (docs/qemu-behaviour/qmp.md §B1).
            self._report(slot, OST_EJECT_REQUEST, OST_EJECT_IN_PROGRESS)
            self._guest.call_after_latency(lambda: self._remove(slot))

    def _insert(self, slot: int) -> None:
        device = self._machine.memory_registers.slots[slot].device
        if device:
            self._guest.memory.add(device)
        # Linux reports success even for memory that it can't add (docs/qemu-behaviour/qmp.md §B1).
        self._report(slot, OST_DEVICE_CHECK, OST_SUCCESS)
        self._handle_next()

    def _remove(self, slot: int) -> None:
        device = self._machine.memory_registers.slots[slot].device
        outcome = self._guest.unplug_outcome(device) if device else RELEASE
        if outcome == HANG:
            # Nothing more comes: Linux tries for ever (docs/qemu-behaviour/qmp.md §B1).
            self.stuck_slot = slot
        elif outcome == RELEASE:
            self._eject(slot)
        else:
            self._report(slot, OST_EJECT_REQUEST, OST_DEVICE_BUSY)
            self._handle_next()

    def _eject(self, slot: int) -> None:
        device = self._machine.memory_registers.slots[slot].device
        if device:
            self._guest.memory.remove(device)
            self._guest.balloon.settle()
        self._select(slot)
        self._write(registers.FLAGS, registers.EJECT, 1)
        # The slot is empty now, so this report names no device (docs/qemu-behaviour/qmp.md §B1).
        self._report(slot, OST_EJECT_REQUEST, OST_SUCCESS)
        self._handle_next()

    def eject_stuck(self) -> None:
        """Finish the removal that hangs, if there is one."""
        slot, self.stuck_slot = self.stuck_slot, None
        if slot is not None:
            self._guest.call_after_latency(lambda: self._eject(slot))

    def reset(self) -> None:
        """Forget the queued notifications; requests that were not seen stay in the registers."""
        self._notifications.clear()
        self._busy, self.stuck_slot = False, None

    def _select(self, slot: int) -> None:
        self._write(registers.SELECTOR, slot)

    def _report(self, slot: int, event: int, status: int) -> None:
        """Call the _OST method of a slot."""
        self._select(slot)
        self._write(registers.EVENT_CODE, event)
        self._write(registers.STATUS_CODE, status)

    def _write(self, register: int, value: int, size: int = 4) -> None:
        self._machine.memory_registers.write(registers.PORT_BASE + register, value, size)
