"""The simulated guest: a Linux with movable memory that answers through the hotplug registers (spec/qmp.md part B).

It touches the machine through registers and nothing else; whether it runs at all is the machine's business.
"""

from __future__ import annotations

from hmp.machine import hotplug_registers as registers
from hmp.machine.hotplug_registers import HotplugRegisters

OST_INSERT, OST_EJECT = 1, 3
OST_SUCCESS, OST_IN_PROGRESS = 0, 132


class Guest:
    """Hears hotplug interrupts and works off what the slots ask, in slot order, insertions before removals."""

    def __init__(self, door: HotplugRegisters) -> None:
        self.door = door
        self.interrupted = False

    def interrupt(self) -> None:
        """The machine raised its hotplug interrupt; it stays raised until the guest runs."""
        self.interrupted = True

    def run(self) -> None:
        """Answer what is pending: scan all slots first, then act on what was found."""
        if not self.interrupted:
            return
        self.interrupted = False
        found = [(slot, request) for slot in range(len(self.door.slots)) if (request := self._request(slot))]
        for slot, request in found:
            self._select(slot)
            if request == registers.INSERTING:
                self._report(OST_INSERT, OST_SUCCESS)
            else:
                self._eject()

    def _select(self, slot: int) -> None:
        self.door.write(registers.BASE + registers.SELECTOR, slot, 4)

    def _request(self, slot: int) -> int:
        """What a slot asks for, taken note of by clearing its flag; 0 for nothing."""
        self._select(slot)
        flags = self.door.read(registers.BASE + registers.FLAGS, 1)
        request = flags & registers.INSERTING or flags & registers.REMOVING
        if request:
            self.door.write(registers.BASE + registers.FLAGS, request, 1)
        return request

    def _eject(self) -> None:
        self._report(OST_EJECT, OST_IN_PROGRESS)
        self.door.write(registers.BASE + registers.FLAGS, registers.EJECT, 1)
        self._report(OST_EJECT, OST_SUCCESS)

    def _report(self, source: int, status: int) -> None:
        self.door.write(registers.BASE + registers.EVENT_CODE, source, 4)
        self.door.write(registers.BASE + registers.STATUS_CODE, status, 4)
