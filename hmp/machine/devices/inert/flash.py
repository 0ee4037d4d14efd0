"""A chip of flash memory (hmp/machine/boards/flash.py), which shows where it is."""

from __future__ import annotations

from hmp.machine.devices.inert.device import InertDevice


class InertFlash(InertDevice):
    """The device of a chip, at the end of the addresses below 4 GiB."""

    def qtree_lines(self) -> tuple[str, ...]:
        """Return what `info qtree` shows of the device beside its properties: its range."""
        chip = next(chip for chip in self.machine.flash if chip.name == self.name)
        return (f"mmio {chip.start:016x}/{chip.node.size:016x}",)
