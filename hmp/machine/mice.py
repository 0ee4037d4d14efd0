"""The mice and tablets of a machine, as query-mice lists them, and which is in use
(experiments: each type).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import StateError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.qom.object import Object

CONTROLLER = "i8042"
PS2_KEYBOARD, PS2_MOUSE = "QEMU PS/2 Keyboard", "QEMU PS/2 Mouse"
# What moves relatively, what knows where it is, and what is no mouse: types of devices, and
# backends of character devices.
MICE = {
    "usb-mouse": "QEMU HID Mouse",
    "virtio-mouse-device": "QEMU Virtio Mouse",
    "msmouse": "QEMU Microsoft Mouse",
}
TABLETS = {
    "usb-tablet": "QEMU HID Tablet",
    "virtio-tablet-device": "QEMU Virtio Tablet",
    "wctablet": "QEMU Wacom Pen Tablet",
}
OTHERS = {
    "usb-kbd": "QEMU HID Keyboard",
    "virtio-keyboard-device": "QEMU Virtio Keyboard",
    "virtio-multitouch-device": "QEMU Virtio MultiTouch",
}
NAMES = {**MICE, **TABLETS, **OTHERS}


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


class InputDevice(NamedTuple):
    """A keyboard, mouse or tablet; `owner` is None for those of the board."""

    number: int
    name: str
    owner: Object | None

    @property
    def is_mouse(self) -> bool:
        return self.name not in (PS2_KEYBOARD, *OTHERS.values())

    @property
    def is_absolute(self) -> bool:
        return self.name in TABLETS.values()


class Inputs:
    """The input devices, of which each gets the next number; the first mouse is in use."""

    def __init__(self) -> None:
        self._devices: list[InputDevice] = []
        self._last_number = 0

    def add(self, name: str, owner: Object | None) -> None:
        """Add a device as the last one."""
        self._last_number += 1
        self._devices.append(InputDevice(self._last_number, name, owner))

    def present(self, machine: Machine) -> list[InputDevice]:
        """Return those that are still there."""
        there = {id(item) for item in machine.root.walk()}
        self._devices = [
            item for item in self._devices if item.owner is None or id(item.owner) in there
        ]
        return self._devices

    def move_to_front(self, device: InputDevice) -> None:
        """Put a device before all others."""
        self._devices.remove(device)
        self._devices.insert(0, device)


def find_mice(machine: Machine) -> list[InputDevice]:
    """Return the mice and tablets, that in use last."""
    return [item for item in reversed(machine.inputs.present(machine)) if item.is_mouse]


def choose_mouse(machine: Machine, number: int) -> None:
    """Let a mouse be the one in use.

    Raises:
        StateError: There is none of that number, or it is a keyboard.
    """
    found = next((item for item in machine.inputs.present(machine) if item.number == number), None)
    if found is None:
        raise MouseNotFoundError(number)
    if not found.is_mouse:
        raise NotAMouseError(found.name)
    machine.inputs.move_to_front(found)
