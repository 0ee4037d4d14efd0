"""The guest's ACPI hotplug code: the scan of the memory slots, one notification after the other,
and the ejection of PCI devices (docs/qemu-behaviour/qmp.md §B1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hmp.guest.policy import HANG, RELEASE
from hmp.machine.acpi import memory_hotplug as registers
from hmp.machine.acpi import pci_hotplug
from hmp.machine.devices.pci.device import SLOTS

if TYPE_CHECKING:
    from hmp.guest.guest import Guest
    from hmp.machine.acpi.pci_hotplug import PciHotplugRegisters
    from hmp.machine.devices.base import Device
    from hmp.machine.devices.dimm import Dimm
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
        for slot in range(SLOTS):
            if requested >> slot & 1:
                for device in bus.devices_in_slot(slot):
                    before_eject(device)
                regs.write(regs.base + pci_hotplug.EJECT, 1 << slot, pci_hotplug.REGISTER_BYTES)


class HotplugDriver(ABC):
    """Handles the requests of places that have registers: one notification after the other.

    `removing` are the places whose removal has begun and has no outcome yet. `stuck` is the one
    whose removal hangs, if any; the notifications after it wait.
    """

    def __init__(self, machine: Machine, guest: Guest) -> None:
        self._machine, self._guest = machine, guest
        self._notifications: deque[tuple[int, int]] = deque()
        self._busy = False
        self.removing: set[int] = set()
        self.stuck: int | None = None

    @abstractmethod
    def acknowledge_all(self) -> Iterator[tuple[int, int]]:
        """Yield each place with a request, and the flag of the request, which is cleared."""

    @abstractmethod
    def insert(self, place: int) -> None:
        """Take a new device into use."""

    @abstractmethod
    def outcome(self, place: int) -> str:
        """Return what becomes of a request to release a device: release, refuse or hang."""

    @abstractmethod
    def eject(self, place: int) -> None:
        """Stop using a device and eject it."""

    @abstractmethod
    def report(self, place: int, event: int, status: int) -> None:
        """Call the _OST method of a place."""

    def scan(self) -> None:
        """Queue the requests of all places, in their order, and begin to handle them."""
        for place, request in self.acknowledge_all():
            self._notifications.append((place, request))
            if request != registers.INSERT_PENDING:
                self.removing.add(place)
        # While one notification is handled, those of a later interrupt wait behind it.
        if not self._busy:
            self._handle_next()

    def _handle_next(self) -> None:
        self._busy = bool(self._notifications)
        if not self._busy:
            return
        place, request = self._notifications.popleft()
        if request == registers.INSERT_PENDING:
            self._guest.call_after_latency(lambda: self._insert(place))
        else:
            # At once, before anything is offline (docs/qemu-behaviour/qmp.md §B1).
            self.report(place, OST_EJECT_REQUEST, OST_EJECT_IN_PROGRESS)
            self._guest.call_after_latency(lambda: self._remove(place))

    def _insert(self, place: int) -> None:
        self.insert(place)
        # Linux reports success even for memory that it can't add (docs/qemu-behaviour/qmp.md §B1).
        self.report(place, OST_DEVICE_CHECK, OST_SUCCESS)
        self._handle_next()

    def _remove(self, place: int) -> None:
        outcome = self.outcome(place)
        if outcome == HANG:
            # Nothing more comes: Linux tries for ever (docs/qemu-behaviour/qmp.md §B1).
            self.stuck = place
        elif outcome == RELEASE:
            self._eject(place)
        else:
            self.removing.discard(place)
            self.report(place, OST_EJECT_REQUEST, OST_DEVICE_BUSY)
            self._handle_next()

    def _eject(self, place: int) -> None:
        self.removing.discard(place)
        self.eject(place)
        # The place is empty now, so this report names no device (docs/qemu-behaviour/qmp.md §B1).
        self.report(place, OST_EJECT_REQUEST, OST_SUCCESS)
        self._handle_next()

    def eject_stuck(self) -> None:
        """Finish the removal that hangs, if there is one."""
        place, self.stuck = self.stuck, None
        if place is not None:
            self._guest.call_after_latency(lambda: self._eject(place))

    def reset(self) -> None:
        """Forget the queued notifications; requests that were not seen stay in the registers."""
        self._notifications.clear()
        self.removing.clear()
        self._busy, self.stuck = False, None


class MemoryHotplugDriver(HotplugDriver):
    """Handles the requests of the memory slots."""

    def acknowledge_all(self) -> Iterator[tuple[int, int]]:
        regs = self._machine.ports.memory
        regs.irq_pending = False
        for slot in range(len(regs.slots)):
            self._select(slot)
            flags = regs.read(registers.PORT_BASE + registers.FLAGS, 1)
            # Of two flags only *inserting* is seen; the removal waits for the next interrupt.
            request = flags & registers.INSERT_PENDING or flags & registers.REMOVAL_REQUESTED
            if request:
                self._write(registers.FLAGS, request, 1)
                yield slot, request

    def _device_at(self, place: int) -> Dimm | None:
        return self._machine.ports.memory.slots[place].device

    def insert(self, place: int) -> None:
        device = self._device_at(place)
        if device:
            self._guest.memory.add(device)

    def outcome(self, place: int) -> str:
        device = self._device_at(place)
        return self._guest.unplug_outcome(device) if device else RELEASE

    def eject(self, place: int) -> None:
        device = self._device_at(place)
        if device:
            self._guest.memory.remove(device)
            self._guest.balloon.settle()
        self._select(place)
        self._write(registers.FLAGS, registers.EJECT, 1)

    def report(self, place: int, event: int, status: int) -> None:
        self._select(place)
        self._write(registers.EVENT_CODE, event)
        self._write(registers.STATUS_CODE, status)

    def _select(self, slot: int) -> None:
        self._write(registers.SELECTOR, slot)

    def _write(self, register: int, value: int, size: int = 4) -> None:
        self._machine.ports.memory.write(registers.PORT_BASE + register, value, size)
