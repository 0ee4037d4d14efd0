"""Describe the machine's events in one line each, such as `dimm1: online in the guest`.

The events are those of docs/qemu-behaviour/qmp.md §A6, the OST codes those of
docs/qemu-behaviour/qmp.md §B1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hmp.errors import HmpError
from hmp.guest.acpi import (
    OST_DEVICE_BUSY,
    OST_DEVICE_CHECK,
    OST_EJECT_IN_PROGRESS,
    OST_EJECT_REQUEST,
    OST_SUCCESS,
)
from hmp.guest.memory import NOT_ADDED
from hmp.guest.policy import OFFLINE
from hmp.machine.events import Event
from hmp.machine.machine import Machine
from hmp.units import format_size

Data = Mapping[str, Any]
INSERTED = (OST_DEVICE_CHECK, OST_SUCCESS)
OST_MESSAGES = {
    (OST_EJECT_REQUEST, OST_SUCCESS): "released by the guest",
    (OST_EJECT_REQUEST, OST_DEVICE_BUSY): "unplug rejected by the guest",
    (OST_EJECT_REQUEST, OST_EJECT_IN_PROGRESS): "unplug in progress in the guest",
}


def event_message(event: Event, machine: Machine) -> str:
    """Return one line about an event of a machine, as that is when the event is emitted; the name
    of an event that has no text here, and nothing about one that says what another says.
    """
    if event.name == "ACPI_DEVICE_OST":
        return _ost(event.data, machine)
    if event.name == "MEMORY_DEVICE_SIZE_CHANGE":
        return _size_change(event.data, machine)
    format_event = _FORMATTERS.get(event.name)
    return format_event(event.data) if format_event else event.name


def _subject(data: Data) -> str:
    return str(data.get("device") or data.get("id") or data.get("path") or data.get("qom-path"))


def _ost(data: Data, machine: Machine) -> str:
    info = data["info"]
    # After an ejection the slot is empty, and the event has no `device`.
    subject = info.get("device") or f"slot {info['slot']}"
    report = info["source"], info["status"]
    message = OST_MESSAGES.get(report)
    if report == INSERTED and info["slot-type"] == "DIMM":
        message = _insertion(machine, int(info["slot"]))
    return f"{subject}: {message or 'OST source {source}, status {status}'.format(**info)}"


def _insertion(machine: Machine, slot: int) -> str:
    if not machine.simulates_guest:
        return "accepted by the guest"
    slots, memory = machine.ports.memory.slots, machine.guest.memory
    device = slots[slot].device if slot < len(slots) else None
    # Linux reports success also for memory that it can't add (docs/qemu-behaviour/qmp.md §B1).
    if device and memory.is_left_out(device):
        return NOT_ADDED
    uses = memory.uses(device) if device else set()
    if not uses:
        return "plugged"
    return "offline in the guest" if uses == {OFFLINE} else "online in the guest"


def _size_change(data: Data, machine: Machine) -> str:
    text = f"{_subject(data)}: {format_size(data['size'])} plugged in the guest"
    # The first event tells of the first blocks; the next one comes a second later.
    device = machine.root.resolve_path(data["qom-path"])
    try:
        requested = device.get("requested-size") if device else None
    except HmpError:
        requested = None
    if not isinstance(requested, int) or requested == data["size"]:
        return text
    return f"{text}, {format_size(requested)} requested"


def _removal(data: Data) -> str:
    # Behind a PCI proxy, of which another event tells.
    is_part = not data.get("device") and data["path"].endswith("/virtio-backend")
    return "" if is_part else f"{_subject(data)}: removed"


def _reset(data: Data) -> str:
    return "the guest reset the machine" if data["guest"] else "the machine was reset"


def _shutdown(data: Data) -> str:
    return "the guest powered off" if data["guest"] else "the machine shuts down"


def _balloon(data: Data) -> str:
    return f"balloon: {format_size(data['actual'])} left to the guest"


_FORMATTERS: dict[str, Callable[[Data], str]] = {
    "DEVICE_DELETED": _removal,
    "BALLOON_CHANGE": _balloon,
    "STOP": lambda data: "the machine stopped",
    "RESUME": lambda data: "the machine resumed",
    "RESET": _reset,
    "SHUTDOWN": _shutdown,
    "POWERDOWN": lambda data: "the power button was pressed",
}
