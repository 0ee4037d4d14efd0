"""The ACPI memory hotplug registers, ports 0xa00 to 0xa17 (docs/qemu-behaviour/devices.md §8).

A guest reaches the slots only through them: the simulated guest, and the monitor's `o` and `i`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.machine.events import Events
from hmp.units import ALL_ONES_32

if TYPE_CHECKING:
    from hmp.machine.devices.dimm import Dimm

PORT_BASE, PORT_COUNT = 0xA00, 0x18
# Offsets of what is written; the first 16 bytes read as address and size of the selected slot.
SELECTOR, EVENT_CODE, STATUS_CODE, NODE, FLAGS = 0x00, 0x04, 0x08, 0x10, 0x14
UNASSIGNED_READ = ALL_ONES_32
ENABLED, INSERT_PENDING, REMOVAL_REQUESTED, EJECT = 1, 2, 4, 8


class Slot:
    """One memory slot: the device in it, its flags, and the event and status of the last _OST."""

    def __init__(self) -> None:
        self.device: Dimm | None = None
        self.enabled = False
        self.insert_pending = False
        self.removal_requested = False
        self.ost_event = 0
        self.ost_status = 0


class HotplugRegisters:
    """The registers of `count` slots; `eject` removes a device from the machine.

    `irq_pending`: the guest has to look at the slots.
    """

    name, base, length = "acpi-mem-hotplug", PORT_BASE, PORT_COUNT

    def __init__(self, count: int, eject: Callable[[Dimm], None], events: Events) -> None:
        self.slots = [Slot() for _ in range(count)]
        self.selector = 0
        self.irq_pending = False
        self._eject, self._events = eject, events

    def insert(self, number: int, device: Dimm, notify_guest: bool) -> None:
        """Put a plugged DIMM into a slot, and notify the guest unless it was plugged at startup."""
        slot = self.slots[number]
        slot.device, slot.enabled, slot.insert_pending = device, True, notify_guest
        self.irq_pending = self.irq_pending or notify_guest

    def empty(self, number: int) -> None:
        """Empty a slot; a removal request that the guest has not seen stays for the next device."""
        slot = self.slots[number]
        slot.device, slot.enabled = None, False

    def request_removal(self, number: int) -> None:
        """Ask the guest to release the DIMM of a slot."""
        self.slots[number].removal_requested = True
        self.irq_pending = True

    def contains(self, port: int) -> bool:
        """Return whether a port is one of these registers."""
        return 0 <= port - PORT_BASE < PORT_COUNT

    def _selected(self) -> Slot | None:
        return self.slots[self.selector] if self.selector < len(self.slots) else None

    def read(self, port: int, size: int) -> int:
        """Return what a guest reads from a port, `size` bytes wide, of the selected slot."""
        slot = self._selected()
        if slot is None:
            return 0
        register, mask = port - PORT_BASE, (1 << 8 * size) - 1
        if register == FLAGS:
            return (
                slot.enabled * ENABLED
                | slot.insert_pending * INSERT_PENDING
                | slot.removal_requested * REMOVAL_REQUESTED
            )
        device = slot.device
        addr, length, node = (device.addr, device.size, device.node) if device else (0, 0, 0)
        words = {0x0: addr, 0x4: addr >> 32, 0x8: length, 0xC: length >> 32, NODE: node}
        return words.get(register, UNASSIGNED_READ) & ALL_ONES_32 & mask

    def write(self, port: int, value: int, size: int) -> None:
        """Do what a guest's write to a port asks for, `size` bytes wide."""
        value &= (1 << 8 * size) - 1
        register = port - PORT_BASE
        if register == SELECTOR:
            self.selector = value
            return
        slot = self._selected()
        if slot is None:
            return
        if register == EVENT_CODE:
            slot.ost_event = value
        elif register == STATUS_CODE:
            # The guest's _OST method writes the event first, so the report is complete now.
            slot.ost_status = value
            self._emit_ost(slot)
        elif register == FLAGS:
            self._write_flags(slot, value)

    def _emit_ost(self, slot: Slot) -> None:
        device = slot.device.identifier if slot.device else ""
        info: dict[str, object] = {"device": device} if device else {}
        info.update(source=slot.ost_event, status=slot.ost_status, slot=str(self.selector))
        self._events.emit("ACPI_DEVICE_OST", info={**info, "slot-type": "DIMM"})

    def _write_flags(self, slot: Slot, value: int) -> None:
        # One bit at a time, the lowest; ejecting leaves a removal request that was not cleared
        # (docs/qemu-behaviour/devices.md §8).
        if value & INSERT_PENDING:
            slot.insert_pending = False
        elif value & REMOVAL_REQUESTED:
            slot.removal_requested = False
        elif value & EJECT and slot.device is not None and slot.enabled:
            self._eject(slot.device)
