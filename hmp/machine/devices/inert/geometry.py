"""The geometry of a disk: what a user may give, and what QEMU guesses of an image without a
partition table (experiments: disks of each type and of many sizes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError

if TYPE_CHECKING:
    from hmp.machine.devices.inert.device import InertDevice

TRANSLATION = "bios-chs-trans"
CHOSEN = ("cyls", TRANSLATION)
"""The properties that are set here."""
SECTOR, HEADS, SECTORS = 512, 16, 63
MIN_CYLINDERS, MAX_CYLINDERS = 2, 16383
# What the firmware can address without a translation.
FIRMWARE_MOST = {"cyls": 1024, "heads": HEADS, "secs": SECTORS}
MOST = {"cyls": 65535, "heads": 255, "secs": 255}
IDE_DRIVES = ("ide-hd", "ide-cf")


class GeometryError(StateError):
    """A number of cylinders, heads or sectors that no disk can have."""

    def __init__(self, name: str, most: int) -> None:
        super().__init__(f"{name} must be between 1 and {most}")
        self.parameter = name


def _number(device: InertDevice, name: str) -> int:
    return int(str(device.get(name)))


def check_geometry(device: InertDevice) -> None:
    """Raise GeometryError for a wrong geometry; without any number it is guessed."""
    if not all(name in device.by_name for name in MOST):
        return
    if not any(_number(device, name) for name in MOST):
        return
    for name, most in MOST.items():
        limit = HEADS if name == "heads" and device.type_name in IDE_DRIVES else most
        if not 1 <= _number(device, name) <= limit:
            raise GeometryError(name, limit)


def choose_geometry(device: InertDevice, size: int) -> None:
    """Set the geometry of a disk of so many bytes where the user gave none, and how the firmware is
    to translate it.
    """
    if "cyls" not in device.by_name:
        return
    if not _number(device, "cyls"):
        cylinders = size // SECTOR // (HEADS * SECTORS)
        device.put("cyls", min(max(cylinders, MIN_CYLINDERS), MAX_CYLINDERS))
    if TRANSLATION in device.by_name and device.get(TRANSLATION) == "auto":
        is_small = all(_number(device, name) <= most for name, most in FIRMWARE_MOST.items())
        device.put(TRANSLATION, "none" if is_small else "lba")
