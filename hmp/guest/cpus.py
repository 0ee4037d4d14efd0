"""The guest's CPUs: which are online, and the scan of those that were plugged or are to go
(docs/qemu-behaviour/devices.md §15).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.guest.acpi import HotplugDriver
from hmp.guest.policy import ONLINE_CPUS, RELEASE
from hmp.machine.acpi import cpu_hotplug as registers

if TYPE_CHECKING:
    from hmp.guest.guest import Guest
    from hmp.machine.machine import Machine


class CpuHotplugDriver(HotplugDriver):
    """Handles the requests of the CPUs; `online` are the indexes of those in use."""

    def __init__(self, machine: Machine, guest: Guest) -> None:
        super().__init__(machine, guest)
        slots = machine.ports.cpus.slots
        self.online = {
            index for index in machine.cpus if index not in slots or not slots[index].insert_pending
        }

    def has_work(self) -> bool:
        """Return whether the guest was notified; without ACPI it never is."""
        machine = self._machine
        return machine.ports.cpus.irq_pending and machine.has_power_management and machine.acpi

    def on_boot(self) -> None:
        """Take all CPUs into use that are there when the system boots."""
        self.online = set(self._machine.cpus)

    def acknowledge_all(self) -> Iterator[tuple[int, int]]:
        regs = self._machine.ports.cpus
        regs.irq_pending = False
        self._write(registers.SELECTOR, 0, 4)
        while True:
            self._write(registers.COMMAND, registers.FIND_PENDING, 1)
            flags = regs.read(regs.base + registers.FLAGS, 1)
            request = flags & registers.INSERT_PENDING or flags & registers.REMOVAL_REQUESTED
            if not request:
                return
            self._write(registers.FLAGS, request, 1)
            yield regs.read(regs.base + registers.DATA, 4), request

    def insert(self, place: int) -> None:
        if self._guest.policy.cpus == ONLINE_CPUS and place in self._machine.cpus:
            self.online.add(place)

    def outcome(self, place: int) -> str:
        device = self._machine.cpus.get(place)
        return self._guest.decided_outcome(device) if device else RELEASE

    def eject(self, place: int) -> None:
        self.online.discard(place)
        self._write(registers.SELECTOR, place, 4)
        self._write(registers.FLAGS, registers.EJECT, 1)

    def report(self, place: int, event: int, status: int) -> None:
        self._write(registers.SELECTOR, place, 4)
        for command, value in ((registers.OST_EVENT, event), (registers.OST_STATUS, status)):
            self._write(registers.COMMAND, command, 1)
            self._write(registers.DATA, value, 4)

    def reset(self) -> None:
        super().reset()
        self.online.clear()

    def _write(self, register: int, value: int, size: int) -> None:
        regs = self._machine.ports.cpus
        regs.write(regs.base + register, value, size)
