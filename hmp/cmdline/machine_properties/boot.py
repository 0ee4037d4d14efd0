"""-boot, which is the property `boot` of the machine: nothing boots."""

from __future__ import annotations

import os
from collections.abc import Callable

from hmp.errors import InputError, UnexpectedParameterError
from hmp.machine.boards.boot_order import check_boot_devices
from hmp.machine.boards.properties import MachineObject
from hmp.machine.qom.property import Boolean, Integer, PropertyType, Text
from hmp.machine.qom.visitors import KeyvalVisitor

KEYS_HELP = """boot-opts options:
  menu=<bool (on/off)>
  once=<str>
  order=<str>
  reboot-timeout=<num>
  splash-time=<num>
  splash=<str>
  strict=<bool (on/off)>
"""
_TYPES: dict[str, PropertyType] = {
    **dict.fromkeys(("order", "splash", "once"), Text()),
    "reboot-timeout": Integer(64, signed=True),
    "menu": Boolean(),
    "splash-time": Integer(64, signed=True),
    "strict": Boolean(),
}
MAX_MILLISECONDS = 0xFFFF


def set_boot(target: MachineObject, given: dict[str, object]) -> None:
    """Set what -boot and -machine boot.* give.

    Raises:
        HmpError: A member is unknown or its value malformed, or it names no device.
    """
    visitor = KeyvalVisitor()
    found = {
        key: kind.read(visitor, f"boot.{key}", given[key])
        for key, kind in _TYPES.items()
        if key in given
    }
    for key in given:
        if key not in _TYPES:
            raise UnexpectedParameterError(f"boot.{key}")
    for key in ("order", "once"):
        check_boot_devices(str(found.get(key, "")))
    merged = {**target.boot, **found}
    # The order of a hash table (experiment: qom-get with every member).
    target.boot = {key: merged[key] for key in _TYPES if key in merged}


def check_boot_of_firmware(target: MachineObject, warn: Callable[..., None]) -> None:
    """Check what the board hands to its firmware: the picture, and the times in milliseconds."""
    boot = target.boot
    picture = boot.get("splash")
    if picture and not os.path.exists(str(picture).encode("latin-1")):
        warn(f"failed to find file '{picture}'")
    splash, reboot = boot.get("splash-time", 0), boot.get("reboot-timeout", 0)
    assert isinstance(splash, int) and isinstance(reboot, int)
    if not 0 <= splash <= MAX_MILLISECONDS:
        raise InputError("splash-time is invalid,it should be a value between 0 and 65535")
    if not -1 <= reboot <= MAX_MILLISECONDS:
        raise InputError("reboot timeout is invalid,it should be a value between -1 and 65535")
