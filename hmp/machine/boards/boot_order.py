"""The letters of the devices that a board boots from, in their order; nothing is booted."""

from __future__ import annotations

from hmp.errors import InputError

FIRST, LAST = "a", "p"


class BootDeviceError(InputError):
    """A letter is none of a device, or comes twice."""

    def __init__(self, message: str, device: str) -> None:
        super().__init__(message, prefix=False)
        self.device = device


def check_boot_devices(devices: str) -> None:
    """Raise BootDeviceError for the first letter that is wrong."""
    for at, device in enumerate(devices):
        if not FIRST <= device <= LAST:
            raise BootDeviceError(f"Invalid boot device '{device}'", device)
        if device in devices[:at]:
            raise BootDeviceError(f"Boot device '{device}' was given twice", device)
