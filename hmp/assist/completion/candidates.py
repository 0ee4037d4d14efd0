"""What a machine and its host offer for a word: objects, devices, paths, files, CPUs, each with type and meaning.

What may stand where is decided in `completion.py`; nothing is changed by looking.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist.help.descriptions import kind_text, meaning_of
from hmp.assist.properties import settable_now
from hmp.encoding import from_text
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.dimm import Dimm
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.memory.host import hugetlbfs_mounts
from hmp.machine.qom.object import Object, resolve
from hmp.units import rough_size, size_text

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MOST_FILES = 500


class Offer(NamedTuple):
    """A word that may stand at a place, its type, and what it means.

    `goes_on` when more of the word can follow; `follow` is what one types after it.
    """

    word: str
    label: str
    meaning: str
    goes_on: bool = False
    follow: str = ""


def backends(machine: Machine) -> list[MemoryBackend]:
    """The memory backends that users made."""
    return [item for item in machine.objects.children.values() if isinstance(item, MemoryBackend)]


def free_backends(machine: Machine) -> list[MemoryBackend]:
    """The backends that serve nobody yet."""
    return [item for item in backends(machine) if not item.user]


def memory_of(device: Object) -> MemoryDevice | None:
    """The memory device behind what the user plugged, if it has memory."""
    found = device.memory if isinstance(device, VirtioPci) else device
    return found if isinstance(found, MemoryDevice) and found.memdev else None


def is_leaving(machine: Machine, device: Object) -> bool:
    """Whether a device was asked to go and has not gone yet."""
    if isinstance(device, VirtioPci):
        return device.removing
    if not isinstance(device, Dimm) or device not in machine.memory_devices:
        return False
    slot = device.number("slot")
    return machine.registers.slots[slot].removing or machine.guest.slots.hanging == slot


def users(machine: Machine) -> dict[MemoryBackend, str]:
    """Which device, by id or else by path, each backend serves; the machine's own memory is not among them."""
    found = {}
    for place in (machine.peripheral, machine.peripheral_anon):
        for device in place.children.values():
            memory = memory_of(device)
            if memory:
                found[memory.backend] = device.name if place is machine.peripheral else device.path
    return found


def user_of(machine: Machine, backend: MemoryBackend) -> str:
    """Who uses a backend that is in use: a device, or the machine."""
    return users(machine).get(backend, "the machine")


def _describe_device(machine: Machine, device: Object) -> str:
    memory = memory_of(device)
    text = f"{rough_size(memory.region_size)} at 0x{memory.addr:x}" if memory else "plugged"
    if isinstance(device, Dimm):
        text += f", slot {device.number('slot')}"
    return text + ", unplug pending" * is_leaving(machine, device)


def free_objects(machine: Machine) -> Iterator[Offer]:
    """The objects that object_del can delete."""
    for name, child in machine.objects.children.items():
        if isinstance(child, MemoryBackend):
            if not child.user:
                yield Offer(name, child.type_name, f"{size_text(child.size)}, free")
        elif not child.type_name.startswith("monitor"):
            yield Offer(name, child.type_name, "not a memory backend")


def devices(machine: Machine) -> Iterator[Offer]:
    """The devices that device_del can be asked to unplug."""
    for name, child in machine.peripheral.children.items():
        yield Offer(name, child.type_name, _describe_device(machine, child))


def cpus(machine: Machine) -> Iterator[Offer]:
    """The indexes of the CPUs."""
    for index in range(machine.cpu_count):
        yield Offer(str(index), "number", f"CPU {index}")


def paths(machine: Machine, typed: str) -> Iterator[Offer]:
    """QOM paths that continue what was typed; without a slash the names of devices and objects."""
    parent, slash, _last = typed.rpartition("/")
    if not slash:
        yield Offer("/machine", "path", "the machine and its devices", goes_on=True)
        yield Offer("/objects", "path", "backends and other objects", goes_on=True)
        for place in (machine.peripheral, machine.objects):
            for name, child in place.children.items():
                yield Offer(name, child.type_name, child.path)
        return
    node, _ambiguous = resolve(machine.root, parent or "/")
    serving = users(machine)
    for name, child in node.children.items() if node else ():
        about = f"{len(child.children)} below" if child.children else ""
        if isinstance(child, MemoryBackend):
            used = f"used by {serving.get(child, 'the machine')}" if child.user else "free"
            about = f"{size_text(child.size)}, {used}"
        yield Offer(f"{parent}/{name}", child.type_name, about, goes_on=bool(child.children))


def properties(machine: Machine, path: str) -> Iterator[Offer]:
    """The properties of an object."""
    node, _ambiguous = resolve(machine.root, path)
    for item in node.properties() if node else ():
        yield Offer(item.name, kind_text(item.kind), meaning_of(item))


def settable_properties(machine: Machine, path: str) -> Iterator[Offer]:
    """The properties that can be changed now."""
    node, _ambiguous = resolve(machine.root, path)
    for item in settable_now(node).values() if node else ():
        yield Offer(item.name, kind_text(item.kind), meaning_of(item))


def files(typed: str) -> Iterator[Offer]:
    """Files and directories that continue a path (bytes), and the mounted hugetlbfs."""
    for mount in hugetlbfs_mounts():
        yield Offer(from_text(mount.path), "hugetlbfs", f"{size_text(mount.page_size)} pages, {mount.free} free")
    folder, slash, _last = typed.rpartition("/")
    path = os.path.expanduser(os.fsdecode(folder.encode("latin-1"))) or slash or "."
    with suppress(OSError, ValueError), os.scandir(path) as entries:
        for _number, entry in zip(range(MOST_FILES), entries, strict=False):
            yield _file(f"{folder}{slash}{from_text(entry.name)}", entry)


def _file(path: str, entry: os.DirEntry[str]) -> Offer:
    with suppress(OSError):
        if entry.is_dir():
            return Offer(f"{path}/", "directory", "", goes_on=True)
        return Offer(path, "file", rough_size(entry.stat().st_size))
    return Offer(path, "file", "")


def memory_devices(machine: Machine) -> Iterator[Offer]:
    """The memory devices by id, for what is told to the guest."""
    for offer in devices(machine):
        if memory_of(machine.peripheral.children[offer.word]):
            yield offer
