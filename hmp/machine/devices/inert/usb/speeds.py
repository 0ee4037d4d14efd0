"""The speed of a device on a USB bus: the highest that it and its port have (experiment: every USB
device on every controller, `info usb`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hmp.machine.devices.inert.places import PlaceError

if TYPE_CHECKING:
    from hmp.machine.devices.bus import Bus
    from hmp.machine.devices.inert.usb.device import InertUsbDevice
    from hmp.machine.machine import Machine

FULL, HIGH, SUPER = "12", "480", "5000"
"""Megabits in a second, as `info usb` shows them."""
NAMES = {FULL: "full", HIGH: "high", SUPER: "super"}
# What a device is that was recorded with that speed on a bus with all of them.
_UP_TO = {FULL: (FULL,), HIGH: (FULL, HIGH), SUPER: (FULL, HIGH, SUPER)}
# Those that are attached only when `attached` is set, if they are plugged at run time.
LATE_TYPES = ("usb-bot", "usb-uas")
COMPANION_PORTS = 2
ATTACHED = ", attached"
_LINE = re.compile(rf"addr \S+, port \S+, speed (\S+), name (.*?)({ATTACHED})?")


def choose_speed(device: InertUsbDevice, hotplugged: bool) -> str:
    """Return the speed that a device is to have at its port, empty for one that is not attached.

    Raises:
        PlaceError: The device and its port have none in common.
    """
    found = _recorded(device)
    if found is None or not found[3] or (device.type_name in LATE_TYPES and hotplugged):
        return ""
    bus = device.usb_bus
    has, offered = _speeds(device, found[1]), _port_speeds(device, bus, device.usb_port)
    common = [speed for speed in has if speed in offered]
    if not common:
        raise PlaceError(
            f'Warning: speed mismatch trying to attach usb device "{found[2]}" ({_text(has)}) '
            f'to bus "{bus.name}", port "{device.usb_port}" ({_text(offered)})'
        )
    return common[-1]


def _recorded(device: InertUsbDevice) -> re.Match[str] | None:
    instance = device.instance()
    lines = instance.lines if instance else ()
    return next((found for line in lines if (found := _LINE.fullmatch(line))), None)


def _text(speeds: tuple[str, ...]) -> str:
    return "+".join(NAMES[speed] for speed in speeds) + " speed"


def _speeds(device: InertUsbDevice, recorded: str) -> tuple[str, ...]:
    if device.type_name == "usb-uas":
        return HIGH, SUPER
    version = device.by_name.get("usb_version")
    if version is not None and version.get(device) == 1:
        return (FULL,)
    return _UP_TO[recorded]


def _port_speeds(device: InertUsbDevice, bus: Bus, port: str) -> tuple[str, ...]:
    controller = bus.parent
    assert controller is not None
    if "." in port or any(kind in controller.type_name for kind in ("uhci", "ohci")):
        return (FULL,)
    if "xhci" in controller.type_name:
        on_usb2, on_usb3 = (int(port) <= int(str(controller.get(name))) for name in ("p2", "p3"))
        return ((FULL, HIGH) if on_usb2 else ()) + ((SUPER,) if on_usb3 else ())
    return (FULL, HIGH) if _has_companion(device.machine, bus, int(port)) else (HIGH,)


def _has_companion(machine: Machine, bus: Bus, port: int) -> bool:
    """Return whether a slower controller has the port of an EHCI, too."""
    for pci_bus in machine.pci_buses:
        for other in pci_bus.functions.values():
            if isinstance(other, str) or "masterbus" not in other.by_name:
                continue
            first = int(str(other.get("firstport")))
            if other.get("masterbus") == bus.name and first < port <= first + COMPANION_PORTS:
                return True
    return False
