"""The mice and tablets of a machine, as query-mice lists them (experiments: each type)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

PS2_MOUSE, PS2_INDEX = "QEMU PS/2 Mouse", 2
CONTROLLER = "i8042"
# What moves relatively, and what knows where it is.
MICE = {"usb-mouse": "QEMU HID Mouse", "virtio-mouse-device": "QEMU Virtio Mouse"}
TABLETS = {"usb-tablet": "QEMU HID Tablet", "virtio-tablet-device": "QEMU Virtio Tablet"}
KEYBOARDS = ("usb-kbd", "virtio-keyboard-device")


class Mouse(NamedTuple):
    """A mouse or tablet; keyboards count in `number`."""

    number: int
    name: str
    is_absolute: bool


def find_mice(machine: Machine) -> list[Mouse]:
    """Return the mice, the newest first; the last one is in use."""
    machine.onboard.ensure()
    types = [item.type_name for item in machine.root.walk()]
    found, index = [], 0
    if CONTROLLER in types:
        found.append(Mouse(PS2_INDEX, PS2_MOUSE, is_absolute=False))
        index = PS2_INDEX
    for name in types:
        if name in MICE or name in TABLETS or name in KEYBOARDS:
            index += 1
        if name in MICE:
            found.append(Mouse(index, MICE[name], is_absolute=False))
        elif name in TABLETS:
            found.append(Mouse(index, TABLETS[name], is_absolute=True))
    return found[::-1]
