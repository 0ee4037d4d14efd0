"""Events in plain words, one line each, for people who watch.

The events themselves and when they come are the machine's business (docs/qemu-behaviour/qmp.md §A6,
§B1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hmp.machine.events import Event
from hmp.units import format_size

Data = Mapping[str, Any]
INSERTED, EJECTED = 1, 3
OST_WORDS = {
    (INSERTED, 0): "the guest took it into use",
    (EJECTED, 0): "the guest let it go",
    (EJECTED, 130): "the guest refused to release it",
    (EJECTED, 132): "the guest is releasing it",
}


def event_text(event: Event) -> str:
    """What happened, in plain words."""
    words = _WORDS.get(event.name)
    return words(event.data) if words else event.name


def _who(data: Data) -> str:
    return str(data.get("device") or data.get("id") or data.get("path") or data.get("qom-path"))


def _reported(data: Data) -> str:
    info = data["info"]
    who = info.get("device") or f"slot {info['slot']}"
    known = OST_WORDS.get((info["source"], info["status"]))
    return f"{who}: {known or 'the guest reports {source}, status {status}'.format(**info)}"


def _resized(data: Data) -> str:
    return f"{_who(data)}: the guest holds {format_size(data['size'])} of it now"


def _reset(data: Data) -> str:
    return "the guest restarts the machine" if data["guest"] else "the machine was reset"


def _shut_down(data: Data) -> str:
    return "the guest powered off" if data["guest"] else "the machine ends"


_WORDS: dict[str, Callable[[Data], str]] = {
    "ACPI_DEVICE_OST": _reported,
    "DEVICE_DELETED": lambda data: f"{_who(data)}: it is gone",
    "MEMORY_DEVICE_SIZE_CHANGE": _resized,
    "STOP": lambda data: "the machine stopped",
    "RESUME": lambda data: "the machine runs",
    "RESET": _reset,
    "SHUTDOWN": _shut_down,
    "POWERDOWN": lambda data: "the power button was pressed",
}
