"""-boot, and the kernel and firmware of -kernel and the like: nothing boots from them."""

from __future__ import annotations

import os

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import StartupError
from hmp.cmdline.inert.keys import keys_of
from hmp.cmdline.options import Option
from hmp.errors import (
    BooleanValueError,
    InputError,
    ParameterValueError,
    StderrLine,
    UnexpectedParameterError,
)
from hmp.machine.qom.visitors import BOOLEANS

BOOT_KEYS = {
    **dict.fromkeys(("order", "once", "splash"), "text"),
    **dict.fromkeys(("menu", "strict"), "boolean"),
    **dict.fromkeys(("splash-time", "reboot-timeout"), "number"),
}


def take_boot(configuration: Configuration, option: Option) -> None:
    """Take a -boot; its values are checked with the properties of the machine."""
    if not configuration.boot:
        configuration.add_check(Stage.MACHINE, lambda: check_boot(configuration))
    configuration.boot.update(keys_of(configuration, option, "order"))


def take_kernel(configuration: Configuration, option: Option) -> None:
    """Take -kernel, -initrd, -append, -shim, -dtb or -bios."""
    if not configuration.kernel:
        configuration.add_check(Stage.OPTIONS, lambda: check_kernel(configuration))
        configuration.add_check(Stage.BOARD, lambda: check_images(configuration))
    configuration.kernel[option.name] = option.argument


def check_boot(configuration: Configuration) -> None:
    """Check -boot, which QEMU reads as properties of the machine."""
    for key, value in configuration.boot.items():
        kind = BOOT_KEYS.get(key)
        if kind is None:
            raise UnexpectedParameterError(f"boot.{key}")
        if kind == "boolean" and value not in BOOLEANS:
            raise BooleanValueError(f"boot.{key}")
        if kind == "number" and not value.lstrip("-").isdecimal():
            raise ParameterValueError(f"boot.{key}", "integer")
    for key in ("order", "once"):
        _check_boot_devices(configuration.boot.get(key, ""))


def _check_boot_devices(devices: str) -> None:
    for at, device in enumerate(devices):
        if not "a" <= device <= "p":
            raise InputError(f"Invalid boot device '{device}'")
        if device in devices[:at]:
            raise InputError(f"Boot device '{device}' was given twice")


def check_kernel(configuration: Configuration) -> None:
    """Raise the error of options that need a -kernel, before the machine is made."""
    if "kernel" not in configuration.kernel:
        for name in ("append", "initrd", "shim"):
            if name in configuration.kernel:
                raise StartupError(f"-{name} only allowed with -kernel option")


def check_images(configuration: Configuration) -> None:
    """Raise the error of a kernel or firmware that is not there, as the board loads it."""
    kernel, bios = configuration.kernel.get("kernel"), configuration.kernel.get("bios")
    if bios is not None and not os.path.exists(bios.encode("latin-1")):
        raise StartupError(StderrLine(f"qemu: could not load PC BIOS '{bios}'", prefixed=False))
    if kernel is not None:
        try:
            os.stat(kernel.encode("latin-1"))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            message = f"qemu: could not open kernel file '{kernel}': {reason}"
            raise StartupError(StderrLine(message, prefixed=False)) from None
