"""The simulated guest: a Linux with movable memory that answers through the hotplug registers (spec/qmp.md part B).

It touches the machine through registers and virtio-mem's requests; whether it runs at all is the machine's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.machine import hotplug_registers as registers
from hmp.machine import pci, pci_hotplug

if TYPE_CHECKING:
    from hmp.machine.hotplug_registers import HotplugRegisters
    from hmp.machine.machine import Machine
    from hmp.machine.memory_device import MemoryDevice

OST_INSERT, OST_EJECT = 1, 3
OST_SUCCESS, OST_IN_PROGRESS = 0, 132


class Policy(NamedTuple):
    """What the guest does of its own will.

    `answers` False: it hears nothing. `most_virtio_mem`: bytes that it takes at most of each virtio-mem device.
    """

    answers: bool = True
    most_virtio_mem: int | None = None


class Guest:
    """Hears hotplug interrupts and works off what was asked: memory slots, then PCI slots, then virtio-mem."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.policy = Policy()

    def run(self) -> None:
        """Answer what is pending."""
        if not self.policy.answers:
            return
        if self._machine.registers.interrupted:
            self._answer_memory_slots()
        if self._machine.pci_registers.interrupted:
            self._answer_pci_slots()
        for device in self._machine.memory_devices:
            if device.config_changed:
                self._run_driver(device)

    def _run_driver(self, device: MemoryDevice) -> None:
        """Let the driver look at a device whose configuration changed; only virtio-mem has such."""
        from hmp.machine.guest_virtio_mem import follow_request
        from hmp.machine.virtio_mem import VirtioMem

        device.config_changed = False
        assert isinstance(device, VirtioMem)
        follow_request(self._machine, device, self.policy.most_virtio_mem)

    @property
    def _door(self) -> HotplugRegisters:
        return self._machine.registers

    def _answer_memory_slots(self) -> None:
        """Scan all slots first, insertions before removals in each, then act on what was found, in slot order."""
        self._door.interrupted = False
        found = [(slot, request) for slot in range(len(self._door.slots)) if (request := self._request(slot))]
        for slot, request in found:
            self._select(slot)
            if request == registers.INSERTING:
                self._report(OST_INSERT, OST_SUCCESS)
            else:
                self._eject()

    def _select(self, slot: int) -> None:
        self._door.write(registers.BASE + registers.SELECTOR, slot, 4)

    def _request(self, slot: int) -> int:
        """What a slot asks for, taken note of by clearing its flag; 0 for nothing."""
        self._select(slot)
        flags = self._door.read(registers.BASE + registers.FLAGS, 1)
        request = flags & registers.INSERTING or flags & registers.REMOVING
        if request:
            self._door.write(registers.BASE + registers.FLAGS, request, 1)
        return request

    def _eject(self) -> None:
        self._report(OST_EJECT, OST_IN_PROGRESS)
        self._door.write(registers.BASE + registers.FLAGS, registers.EJECT, 1)
        self._report(OST_EJECT, OST_SUCCESS)

    def _report(self, source: int, status: int) -> None:
        self._door.write(registers.BASE + registers.EVENT_CODE, source, 4)
        self._door.write(registers.BASE + registers.STATUS_CODE, status, 4)

    def _answer_pci_slots(self) -> None:
        """Look at every bus: new devices are taken note of, devices that shall go are ejected."""
        door = self._machine.pci_registers
        door.interrupted = False
        for selector in range(len(door.buses())):
            door.write(door.base + pci_hotplug.BUS, selector, pci_hotplug.WIDTH)
            door.read(door.base + pci_hotplug.UP, pci_hotplug.WIDTH)
            leaving = door.read(door.base + pci_hotplug.DOWN, pci_hotplug.WIDTH)
            for slot in range(pci.SLOTS):
                if leaving >> slot & 1:
                    door.write(door.base + pci_hotplug.EJECT, 1 << slot, pci_hotplug.WIDTH)
