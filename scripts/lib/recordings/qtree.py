"""Reads what QEMU prints for `info qtree`: buses, devices, their properties and other lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_VALUE = re.compile(r"([\w.\[\]-]+) = (.*)")
_NUMBER = re.compile(r"(-?\d+) \(.*\)")


@dataclass
class QtreeDevice:
    """A device: `values` are its properties in their order, `lines` all other lines."""

    type: str
    id: str
    values: dict[str, object] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    buses: list[QtreeBus] = field(default_factory=list)


@dataclass
class QtreeBus:
    """A bus with its devices, the newest first."""

    name: str
    type: str = ""
    devices: list[QtreeDevice] = field(default_factory=list)


def parse(text: str) -> QtreeBus:
    """Return the main system bus with everything below it."""
    root: QtreeBus | None = None
    # What the lines of each depth belong to.
    stack: list[tuple[int, QtreeBus | QtreeDevice]] = []
    for line in text.splitlines():
        depth, words = len(line) - len(line.lstrip()), line.strip()
        while stack and stack[-1][0] >= depth:
            stack.pop()
        above = stack[-1][1] if stack else None
        if found := re.fullmatch(r"bus: (.*)", words):
            bus = QtreeBus(found[1])
            if isinstance(above, QtreeDevice):
                above.buses.append(bus)
            root = root or bus
            stack.append((depth, bus))
        elif found := re.fullmatch(r'dev: (.*), id "(.*)"', words):
            device = QtreeDevice(found[1], found[2])
            assert isinstance(above, QtreeBus)
            above.devices.append(device)
            stack.append((depth, device))
        elif isinstance(above, QtreeBus):
            above.type = words.removeprefix("type ")
        elif isinstance(above, QtreeDevice):
            if found := _VALUE.fullmatch(words):
                above.values[found[1]] = _value(found[2])
            else:
                above.lines.append(words)
    assert root is not None
    return root


def find(bus: QtreeBus, type: str, id: str) -> QtreeDevice | None:
    """Return the device of a type and id below a bus, or None."""
    for device in bus.devices:
        if (device.type, device.id) == (type, id):
            return device
        for below in device.buses:
            if found := find(below, type, id):
                return found
    return None


def _value(text: str) -> object:
    if found := _NUMBER.fullmatch(text):
        return int(found[1])
    if text in ("true", "false"):
        return text == "true"
    if text == "<null>":
        return None
    return text[1:-1] if text.startswith('"') else text
