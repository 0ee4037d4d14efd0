"""The ACPI CPU hotplug registers: pc at ports 0xaf00 to 0xaf0b, q35 at 0xcd8 to 0xce3
(docs/qemu-behaviour/devices.md §15).

A guest reaches the CPUs only through them: the simulated guest, and the monitor's `o` and `i`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from hmp.machine.events import Events

if TYPE_CHECKING:
    from hmp.machine.cpus.devices import CpuDevice

PORT_COUNT = 0xC
SELECTOR, FLAGS, COMMAND, DATA = 0x0, 0x4, 0x5, 0x8
ENABLED, INSERT_PENDING, REMOVAL_REQUESTED, EJECT, FIRMWARE_EJECTS = 1, 2, 4, 8, 16
FIND_PENDING, OST_EVENT, OST_STATUS, ARCH_ID = range(4)
"""What is written to COMMAND; DATA then means that. There are no others."""
COMMANDS = (FIND_PENDING, OST_EVENT, OST_STATUS, ARCH_ID)
# It is never ejected.
BOOT_CPU = 0


class CpuSlot:
    """The place of a CPU: its flags, and the event and status of the last _OST."""

    def __init__(self) -> None:
        self.insert_pending = self.removal_requested = self.firmware_ejects = False
        self.ost_event = self.ost_status = 0


class CpuHotplugRegisters:
    """The registers of `count` places, in which `cpus` are by their index.

    `arch_id` gives the number of the interrupt controller at an index; `eject` removes a CPU from
    the machine. `irq_pending`: the guest has to look at the CPUs.
    """

    name, length = "acpi-cpu-hotplug", PORT_COUNT

    def __init__(
        self,
        base: int,
        count: int,
        cpus: Mapping[int, CpuDevice],
        arch_id: Callable[[int], int],
        eject: Callable[[CpuDevice], None],
        events: Events,
    ) -> None:
        self.base, self.count = base, count
        self.selector, self._command = 0, FIND_PENDING
        self.irq_pending = False
        # Made when something happens there: most of the possible CPUs are never plugged.
        self.slots: defaultdict[int, CpuSlot] = defaultdict(CpuSlot)
        self._cpus, self._arch_id, self._eject, self._events = cpus, arch_id, eject, events

    def insert(self, index: int) -> None:
        """Notify the guest of a CPU that was plugged at run time."""
        self.slots[index].insert_pending = self.irq_pending = True

    def request_removal(self, index: int) -> None:
        """Ask the guest to release a CPU."""
        self.slots[index].removal_requested = self.irq_pending = True

    def ost_info(self, index: int) -> dict[str, object]:
        """Return what the guest reported last of a place, as QMP shows it."""
        cpu, slot = self._cpus.get(index), self.slots.get(index) or CpuSlot()
        return {
            **({"device": cpu.identifier} if cpu and cpu.identifier else {}),
            "source": slot.ost_event,
            "status": slot.ost_status,
            "slot": str(index),
            "slot-type": "CPU",
        }

    def contains(self, port: int) -> bool:
        """Return whether a port is one of these registers."""
        return 0 <= port - self.base < PORT_COUNT

    def read(self, port: int, size: int) -> int:
        """Return what a guest reads from a port, `size` bytes wide, of the selected place."""
        if self.selector >= self.count:
            return 0
        register, mask = port - self.base, (1 << 8 * size) - 1
        if register == FLAGS:
            return self._flags()
        if register != DATA:
            return 0
        if self._command == FIND_PENDING:
            return self.selector & mask
        return self._arch_id(self.selector) & mask if self._command == ARCH_ID else 0

    def _flags(self) -> int:
        slot = self.slots.get(self.selector) or CpuSlot()
        return (
            (self.selector in self._cpus) * ENABLED
            | slot.insert_pending * INSERT_PENDING
            | slot.removal_requested * REMOVAL_REQUESTED
            | slot.firmware_ejects * FIRMWARE_EJECTS
        )

    def write(self, port: int, value: int, size: int) -> None:
        """Do what a guest's write to a port asks for, `size` bytes wide."""
        value &= (1 << 8 * size) - 1
        register = port - self.base
        if register == SELECTOR:
            self.selector = value
        elif self.selector >= self.count:
            return
        elif register == FLAGS:
            self._write_flags(value)
        elif register == COMMAND and value in COMMANDS:
            self._command = value
            if value == FIND_PENDING:
                self._find_pending()
        elif register == DATA:
            self._write_data(value)

    def _write_flags(self, value: int) -> None:
        # One bit at a time, the lowest (experiment: 0xff to 0xaf04).
        slot, cpu = self.slots[self.selector], self._cpus.get(self.selector)
        if value & INSERT_PENDING:
            slot.insert_pending = False
        elif value & REMOVAL_REQUESTED:
            slot.removal_requested = False
        elif cpu is None or self.selector == BOOT_CPU:
            return
        elif value & EJECT:
            # A request that was not cleared stays for the next CPU of this place.
            slot.firmware_ejects = False
            self._eject(cpu)
        elif value & FIRMWARE_EJECTS:
            slot.firmware_ejects = True

    def _find_pending(self) -> None:
        """Select the next place with a request, from the selected one on and round."""
        for index in (*range(self.selector, self.count), *range(self.selector)):
            slot = self.slots.get(index)
            if slot and (slot.insert_pending or slot.removal_requested):
                self.selector = index
                return

    def _write_data(self, value: int) -> None:
        slot = self.slots[self.selector]
        if self._command == OST_EVENT:
            slot.ost_event = value
        elif self._command == OST_STATUS:
            # The guest's _OST method writes the event first, so the report is complete now.
            slot.ost_status = value
            self._events.emit("ACPI_DEVICE_OST", info=self.ost_info(self.selector))
