"""The mice and tablets of a machine, as query-mice lists them, and which is in use
(experiments: each type).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import StateError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

CONTROLLER = "i8042"
PS2_KEYBOARD, PS2_MOUSE = "QEMU PS/2 Keyboard", "QEMU PS/2 Mouse"
# What moves relatively, what knows where it is, and what has keys.
MICE = {"usb-mouse": "QEMU HID Mouse", "virtio-mouse-device": "QEMU Virtio Mouse"}
TABLETS = {"usb-tablet": "QEMU HID Tablet", "virtio-tablet-device": "QEMU Virtio Tablet"}
KEYBOARDS = {"usb-kbd": "QEMU HID Keyboard", "virtio-keyboard-device": "QEMU Virtio Keyboard"}
NAMES = {**MICE, **TABLETS, **KEYBOARDS}


class MouseNotFoundError(StateError):
    """No mouse or tablet has that number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Mouse at index '{number}' not found")
        self.number = number


class NotAMouseError(StateError):
    """What has that number is a keyboard."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Input device '{name}' is not a mouse")
        self.name = name


class Mouse(NamedTuple):
    """A mouse or tablet; keyboards count in `number`."""

    number: int
    name: str
    is_absolute: bool


def find_mice(machine: Machine) -> list[Mouse]:
    """Return the mice, the newest first but those that were chosen; the last one is in use."""
    chosen = machine.chosen_mice
    found = [
        Mouse(number, name, name in TABLETS.values())
        for number, name in _inputs(machine).items()
        if name not in (PS2_KEYBOARD, *KEYBOARDS.values())
    ]
    found.reverse()
    return sorted(
        found, key=lambda mouse: chosen.index(mouse.number) if mouse.number in chosen else -1
    )


def choose_mouse(machine: Machine, number: int) -> None:
    """Let a mouse be the one in use.

    Raises:
        StateError: There is none of that number, or it is a keyboard.
    """
    name = _inputs(machine).get(number)
    if name is None:
        raise MouseNotFoundError(number)
    if number not in [mouse.number for mouse in find_mice(machine)]:
        raise NotAMouseError(name)
    machine.chosen_mice = [*(item for item in machine.chosen_mice if item != number), number]


def _inputs(machine: Machine) -> dict[int, str]:
    """Return the names of keyboards, mice and tablets by number, the oldest first."""
    machine.onboard.ensure()
    types = [item.type_name for item in machine.root.walk()]
    names = [PS2_KEYBOARD, PS2_MOUSE] if CONTROLLER in types else []
    names.extend(NAMES[name] for name in types if name in NAMES)
    return dict(enumerate(names, 1))
