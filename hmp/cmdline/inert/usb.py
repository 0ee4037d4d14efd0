"""-usbdevice: a device by a short name."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import StartupError, located
from hmp.cmdline.options import Option
from hmp.errors import StderrLine

DEVICES = ("tablet", "mouse", "keyboard", "wacom-tablet")
BRAILLE = (
    "brlapi__openConnection: connect: No such file or directory",
    "Failed to create USB device 'usb-braille'",
)


def take_usbdevice(configuration: Configuration, option: Option) -> None:
    """Take a device, which is checked when it is made."""
    configuration.merge_machine({"usb": "on"})
    configuration.usb_devices.append((option.location, option.argument))


def check_usb_device(location: str, name: str, board: str) -> None:
    """Raise StartupError when the board can't have a device of that name."""
    messages = _errors(name, board)
    if messages is not None:
        lines = (*messages, f"could not add USB device '{name}'")
        raise StartupError(*(StderrLine(located(location, line), prefixed=True) for line in lines))


def _errors(text: str, board: str) -> tuple[str, ...] | None:
    """Return what QEMU says first of a device that can't be added, None where it can."""
    name, colon, _rest = text.partition(":")
    if name == "braille" and not colon:
        return BRAILLE
    if name not in DEVICES:
        return ()
    if colon:
        return ("usbdevice parameters are not supported anymore",)
    if board in ("none", "isapc"):
        return (
            f"Error: no usb bus to attach usbdevice {name}, please try -machine usb=on and check "
            "that the machine model supports USB",
        )
    return None
