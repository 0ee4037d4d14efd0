"""Floppy drives: the type that one takes after its medium."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.block.drive import SECTOR
from hmp.machine.devices.inert.device import InertDevice

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# The numbers of sectors of the formats of each type (experiment: media of 1 to 8199 sectors). A
# medium of another size leaves the type at the controller's fallback.
FALLBACK = "288"
SECTORS = {
    "120": (320, 360, 640, 720, 820, 840, 1760, 2400, 2952, 2988),
    "144": (1440, 1600, 1640, 1660, 2080, 2240, 2880, 3200, 3360, 3444, 3486, 3520, 3680, 3840),
}


class InertFloppy(InertDevice):
    """A floppy drive."""

    def set_values(self, machine: Machine) -> None:
        if self.get("drive-type") == "auto":
            node = machine.block.find_medium(str(self.get("drive")))
            self.put("drive-type", _type_of(node.size if node else 0))
        super().set_values(machine)


def _type_of(size: int) -> str:
    """Return the type of the drive that reads a medium of so many bytes."""
    sectors = -(-size // SECTOR)
    return next((kind for kind, counts in SECTORS.items() if sectors in counts), FALLBACK)
