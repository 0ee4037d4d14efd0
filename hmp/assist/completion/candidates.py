"""What a machine and its host offer for a word: objects, devices, paths, files, CPUs, each with
type and meaning.

What may stand where is decided in `completion.py`; nothing is changed by looking.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist.help.descriptions import description_of, type_text
from hmp.assist.properties import settable_now
from hmp.assist.queries import is_unplug_pending, memory_of, users
from hmp.encoding import to_latin1
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.dimm import Dimm
from hmp.machine.memory.host import hugetlbfs_mounts
from hmp.machine.qom.object import Object, resolve
from hmp.units import format_size, format_size_approx

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MAX_FILES = 500


class Candidate(NamedTuple):
    """A word that may stand at a place, its type, and what it means.

    `goes_on` when more of the word can follow; `follow` is what one types after it.
    """

    word: str
    label: str
    meaning: str
    goes_on: bool = False
    follow: str = ""


def _describe_device(machine: Machine, device: Object) -> str:
    memory = memory_of(device)
    text = f"{format_size_approx(memory.region_size)} at 0x{memory.addr:x}" if memory else "plugged"
    if isinstance(device, Dimm):
        text += f", slot {device.number('slot')}"
    return text + ", unplug pending" * is_unplug_pending(machine, device)


def free_objects(machine: Machine) -> Iterator[Candidate]:
    """The objects that object_del can delete."""
    for name, child in machine.objects.children.items():
        if isinstance(child, MemoryBackend):
            if not child.user:
                yield Candidate(name, child.type_name, f"{format_size(child.size)}, free")
        elif not child.type_name.startswith("monitor"):
            yield Candidate(name, child.type_name, "not a memory backend")


def devices(machine: Machine) -> Iterator[Candidate]:
    """The devices that device_del can be asked to unplug."""
    for name, child in machine.peripheral.children.items():
        yield Candidate(name, child.type_name, _describe_device(machine, child))


def cpus(machine: Machine) -> Iterator[Candidate]:
    """The indexes of the CPUs."""
    for index in range(machine.cpu_count):
        yield Candidate(str(index), "number", f"CPU {index}")


def paths(machine: Machine, typed: str) -> Iterator[Candidate]:
    """QOM paths that continue what was typed; without a slash the names of devices and objects."""
    parent, slash, _last = typed.rpartition("/")
    if not slash:
        yield Candidate("/machine", "path", "the machine and its devices", goes_on=True)
        yield Candidate("/objects", "path", "backends and other objects", goes_on=True)
        for place in (machine.peripheral, machine.objects):
            for name, child in place.children.items():
                yield Candidate(name, child.type_name, child.path)
        return
    node, _ambiguous = resolve(machine.root, parent or "/")
    serving = users(machine)
    for name, child in node.children.items() if node else ():
        about = f"{len(child.children)} below" if child.children else ""
        if isinstance(child, MemoryBackend):
            used = f"used by {serving.get(child, 'the machine')}" if child.user else "free"
            about = f"{format_size(child.size)}, {used}"
        yield Candidate(f"{parent}/{name}", child.type_name, about, goes_on=bool(child.children))


def properties(machine: Machine, path: str) -> Iterator[Candidate]:
    """The properties of an object."""
    node, _ambiguous = resolve(machine.root, path)
    for item in node.properties() if node else ():
        yield Candidate(item.name, type_text(item.kind), description_of(item))


def settable_properties(machine: Machine, path: str) -> Iterator[Candidate]:
    """The properties that can be changed now."""
    node, _ambiguous = resolve(machine.root, path)
    for item in settable_now(node).values() if node else ():
        yield Candidate(item.name, type_text(item.kind), description_of(item))


def files(typed: str) -> Iterator[Candidate]:
    """Files and directories that continue a path (bytes), and the mounted hugetlbfs."""
    for mount in hugetlbfs_mounts():
        yield Candidate(
            to_latin1(mount.path),
            "hugetlbfs",
            f"{format_size(mount.page_size)} pages, {mount.free} free",
        )
    folder, slash, _last = typed.rpartition("/")
    path = os.path.expanduser(os.fsdecode(folder.encode("latin-1"))) or slash or "."
    with suppress(OSError, ValueError), os.scandir(path) as entries:
        for _number, entry in zip(range(MAX_FILES), entries, strict=False):
            yield _file(f"{folder}{slash}{to_latin1(entry.name)}", entry)


def _file(path: str, entry: os.DirEntry[str]) -> Candidate:
    with suppress(OSError):
        if entry.is_dir():
            return Candidate(f"{path}/", "directory", "", goes_on=True)
        return Candidate(path, "file", format_size_approx(entry.stat().st_size))
    return Candidate(path, "file", "")


def memory_devices(machine: Machine) -> Iterator[Candidate]:
    """The memory devices by id, for what is told to the guest."""
    for candidate in devices(machine):
        if memory_of(machine.peripheral.children[candidate.word]):
            yield candidate
