"""The things that checks speak of: backends and devices of a kind, whatever their ids, and what can
be asked about them: their properties, and

free            whether nothing uses the backend
resident pages  resident bytes of a backend, and the size of its pages
pending         whether an unplug of the device is pending
zone            the zone of the guest in which the memory of the device is
type            the type
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist.queries import is_unplug_pending, memory_device_of
from hmp.errors import HmpError
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.dimm import Dimm
from hmp.machine.memory.smaps import read_smaps, residency
from hmp.machine.qom.object import Object
from hmp.units import format_size

if TYPE_CHECKING:
    from hmp.lessons.situation import Situation
    from hmp.machine.machine import Machine

BACKEND = "backend"
YES, NO = "yes", "no"


class Kind(NamedTuple):
    """A kind of things: its word in checks, what messages call it, and which objects are of it."""

    word: str
    title: str
    includes: Callable[[Object], bool]

    def items(self, situation: Situation) -> list[Object]:
        """Return all of the kind, in order of creation."""
        found = situation.backends if self.word == BACKEND else situation.devices
        return [item for item in found if self.includes(item)]


KINDS = {
    kind.word: kind
    for kind in (
        # The machine's own memory is none that a lesson speaks of.
        Kind(
            BACKEND,
            "backend",
            lambda item: isinstance(item, MemoryBackend) and item.user != "machine",
        ),
        Kind("dimm", "DIMM", lambda item: isinstance(item, Dimm)),
        Kind(
            "virtio-mem",
            "virtio-mem device",
            lambda item: item.type_name.startswith("virtio-mem"),
        ),
        Kind("device", "device", lambda item: True),
    )
}


def _free(machine: Machine, item: Object) -> object:
    return (NO if item.user else YES) if isinstance(item, MemoryBackend) else None


def _resident(machine: Machine, item: Object) -> object:
    if not isinstance(item, MemoryBackend) or item.mapping is None:
        return None
    return residency(item.mapping.address, item.mapping.length, read_smaps()).resident


def _pages(machine: Machine, item: Object) -> object:
    if not isinstance(item, MemoryBackend) or item.mapping is None:
        return None
    return residency(item.mapping.address, item.mapping.length, read_smaps()).page_size


def _pending(machine: Machine, item: Object) -> object:
    return YES if is_unplug_pending(machine, item) else NO


def _zone(machine: Machine, item: Object) -> object:
    names = {item.name, item.path}
    zones = {run.zone for run in machine.guest.memory.block_runs() if run.device in names}
    return ", ".join(sorted(zone or "none" for zone in zones)) or "none"


_OWN: dict[str, Callable[[Machine, Object], object]] = {
    "free": _free,
    "resident": _resident,
    "pages": _pages,
    "pending": _pending,
    "zone": _zone,
    "type": lambda machine, item: item.type_name,
}


def value_of(machine: Machine, item: Object, name: str) -> object:
    """Return what is asked about an object, None where it has nothing of that name."""
    if name in _OWN:
        return _OWN[name](machine, item)
    try:
        return item.get(name)
    except HmpError:
        return None


def is_named(item: Object) -> bool:
    """Return whether a user gave the object an id."""
    return not item.name.startswith("device[")


def name_of(item: Object, kind: Kind) -> str:
    """Return how messages call an object: by its id, if it has one."""
    return item.name if is_named(item) else f"the {kind.title} without an id"


def reference(item: Object) -> str:
    """Return how commands name a device or a backend."""
    return item.name if is_named(item) else item.path


def user_of(machine: Machine, backend: Object) -> Object | None:
    """Return the device that uses a backend, if one does."""
    for container in (machine.peripheral, machine.peripheral_anon):
        for device in container.children.values():
            memory = memory_device_of(device)
            if memory and memory.backend is backend:
                return device
    return None


def removal(machine: Machine, item: Object) -> str:
    """Return the commands that remove an object, so that it can be made anew."""
    if isinstance(item, MemoryBackend):
        user = user_of(machine, item)
        before = f"{removal(machine, user)}, " if user else ""
        return f"{before}object_del {item.name}"
    # A device that the guest has memory of can't be unplugged.
    is_in_use = value_of(machine, item, "requested-size")
    before = f"qom-set {reference(item)} requested-size 0, " if is_in_use else ""
    return f"{before}device_del {reference(item)}"


def show(name: str, value: object) -> str:
    """Return a value of that name as messages show it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if not isinstance(value, int):
        return str(value)
    if name == "addr":
        return hex(value)
    if name.endswith("size") or name in ("resident", "pages"):
        text = format_size(value)
        return f"{text} bytes" if text.isdigit() else text
    return str(value)
