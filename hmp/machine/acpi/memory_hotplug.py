"""The ACPI memory hotplug registers, ports 0xa00 to 0xa17 (docs/qemu-behaviour/devices.md §8).

This is the only door between a guest and the slots: the simulated guest and the monitor's `o` and
`i` use it alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.machine.events import Events

if TYPE_CHECKING:
    from hmp.machine.devices.dimm import Dimm

BASE, LENGTH = 0xA00, 0x18
SELECTOR, EVENT_CODE, STATUS_CODE, NODE, FLAGS = 0x00, 0x04, 0x08, 0x10, 0x14
NOTHING = 0xFFFFFFFF
ENABLED, INSERTING, REMOVING, EJECT = 1, 2, 4, 8


class Slot:
    """One memory slot: the device in it, its flags, and what the guest said last."""

    def __init__(self) -> None:
        self.device: Dimm | None = None
        self.enabled = False
        self.inserting = False
        self.removing = False
        self.source = 0
        self.status = 0


class HotplugRegisters:
    """The registers over a number of slots; `eject` takes a device out of the machine."""

    name, base, length = "acpi-mem-hotplug", BASE, LENGTH

    def __init__(self, count: int, eject: Callable[[Dimm], None], events: Events) -> None:
        self.slots = [Slot() for _ in range(count)]
        self.selector = 0
        self.interrupted = False
        self._eject, self._events = eject, events

    def insert(self, number: int, device: Dimm, announce: bool) -> None:
        """A DIMM was plugged into a slot; the guest is told of it unless it was there before the
        machine started.
        """
        slot = self.slots[number]
        slot.device, slot.enabled, slot.inserting = device, True, announce
        self.interrupted = self.interrupted or announce

    def empty(self, number: int) -> None:
        """The device of a slot is gone; a request that the guest did not take note of stays for the
        next one.
        """
        slot = self.slots[number]
        slot.device, slot.enabled = None, False

    def request_removal(self, number: int) -> None:
        """Ask the guest to let the DIMM of a slot go."""
        self.slots[number].removing = True
        self.interrupted = True

    def covers(self, port: int) -> bool:
        """Whether a port is one of these registers."""
        return 0 <= port - BASE < LENGTH

    def _selected(self) -> Slot | None:
        return self.slots[self.selector] if self.selector < len(self.slots) else None

    def read(self, port: int, size: int) -> int:
        """What a guest reads from a port, `size` bytes wide."""
        slot = self._selected()
        if slot is None:
            return 0
        register, mask = port - BASE, (1 << 8 * size) - 1
        if register == FLAGS:
            return slot.enabled * ENABLED | slot.inserting * INSERTING | slot.removing * REMOVING
        addr, length, node = (
            slot.device.number(name) if slot.device else 0 for name in ("addr", "size", "node")
        )
        words = {0x0: addr, 0x4: addr >> 32, 0x8: length, 0xC: length >> 32, NODE: node}
        return words.get(register, NOTHING) & 0xFFFFFFFF & mask

    def write(self, port: int, value: int, size: int) -> None:
        """What a guest writes to a port, `size` bytes wide."""
        value &= (1 << 8 * size) - 1
        register = port - BASE
        if register == SELECTOR:
            self.selector = value
            return
        slot = self._selected()
        if slot is None:
            return
        if register == EVENT_CODE:
            slot.source = value
        elif register == STATUS_CODE:
            slot.status = value
            self._report(slot)
        elif register == FLAGS:
            self._write_flags(slot, value)

    def _report(self, slot: Slot) -> None:
        device = slot.device.identifier if slot.device else ""
        info: dict[str, object] = {"device": device} if device else {}
        info.update(source=slot.source, status=slot.status, slot=str(self.selector))
        self._events.emit("ACPI_DEVICE_OST", info={**info, "slot-type": "DIMM"})

    def _write_flags(self, slot: Slot, value: int) -> None:
        if value & INSERTING:
            slot.inserting = False
        elif value & REMOVING:
            slot.removing = False
        elif value & EJECT and slot.device is not None and slot.enabled:
            self._eject(slot.device)
