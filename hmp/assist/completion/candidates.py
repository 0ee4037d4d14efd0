"""List candidates for a word from the live machine and its host: objects, devices, paths, files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist.help.descriptions import description_of, type_label
from hmp.assist.properties import writable_properties
from hmp.assist.queries import backend_users, is_unplug_pending, memory_device_of
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
    """A word that may be typed, what kind of word it is, and its description.

    `is_partial` when the word may go on, as a directory does; `suffix` is inserted after it.
    """

    text: str
    kind: str
    description: str
    is_partial: bool = False
    suffix: str = ""


def _describe_device(machine: Machine, device: Object) -> str:
    memory = memory_device_of(device)
    text = f"{format_size_approx(memory.region_size)} at 0x{memory.addr:x}" if memory else "plugged"
    if isinstance(device, Dimm):
        text += f", slot {device.slot}"
    return text + ", unplug pending" * is_unplug_pending(machine, device)


def free_objects(machine: Machine) -> Iterator[Candidate]:
    """Yield the objects that object_del can delete."""
    for name, child in machine.objects.children.items():
        if isinstance(child, MemoryBackend):
            if not child.user:
                yield Candidate(name, child.type_name, f"{format_size(child.size)}, free")
        elif not child.type_name.startswith("monitor"):  # Monitors are objects, too.
            yield Candidate(name, child.type_name, "not a memory backend")


def devices(machine: Machine) -> Iterator[Candidate]:
    """Yield the devices that have an id."""
    for name, child in machine.peripheral.children.items():
        yield Candidate(name, child.type_name, _describe_device(machine, child))


def cpus(machine: Machine) -> Iterator[Candidate]:
    """Yield the indexes of the CPUs."""
    for index in machine.cpus:
        yield Candidate(str(index), "number", f"CPU {index}")


def drives(machine: Machine) -> Iterator[Candidate]:
    """Yield the names of the drives."""
    for name, backend in machine.block.backends.items() if machine.has_drives else ():
        medium = backend.root.filename if backend.root else "empty"
        yield Candidate(name, "drive", medium)


def paths(machine: Machine, typed: str) -> Iterator[Candidate]:
    """Yield the QOM paths that continue a typed one; without a slash, the ids that QOM resolves."""
    parent, slash, _name = typed.rpartition("/")
    if not slash:
        yield Candidate("/machine", "path", "the machine and its devices", is_partial=True)
        yield Candidate("/objects", "path", "backends and other objects", is_partial=True)
        for container in (machine.peripheral, machine.objects):
            for name, child in container.children.items():
                yield Candidate(name, child.type_name, child.path)
        return
    node, _ambiguous = resolve(machine.root, parent or "/")
    users = backend_users(machine)
    for name, child in node.children.items() if node else ():
        description = f"{len(child.children)} below" if child.children else ""
        if isinstance(child, MemoryBackend):
            used = f"used by {users.get(child, 'the machine')}" if child.user else "free"
            description = f"{format_size(child.size)}, {used}"
        yield Candidate(
            f"{parent}/{name}", child.type_name, description, is_partial=bool(child.children)
        )


def properties(machine: Machine, path: str) -> Iterator[Candidate]:
    """Yield the properties of an object; nothing for an unknown path."""
    node, _ambiguous = resolve(machine.root, path)
    for item in node.properties() if node else ():
        yield Candidate(item.name, type_label(item.type), description_of(item))


def settable_properties(machine: Machine, path: str) -> Iterator[Candidate]:
    """Yield the properties of an object that qom-set may change now."""
    node, _ambiguous = resolve(machine.root, path)
    for item in writable_properties(node).values() if node else ():
        yield Candidate(item.name, type_label(item.type), description_of(item))


def hugetlbfs() -> Iterator[Candidate]:
    """Yield the mounted hugetlbfs."""
    for mount in hugetlbfs_mounts():
        description = f"{format_size(mount.page_size)} pages, {mount.free} free"
        yield Candidate(to_latin1(mount.path), "hugetlbfs", description)


def files(typed: str) -> Iterator[Candidate]:
    """Yield the files and directories that continue a path (bytes, held in a Latin-1 str)."""
    directory, slash, _last = typed.rpartition("/")
    # The bytes of the line, as the host's file system has them.
    path = os.path.expanduser(os.fsdecode(directory.encode("latin-1"))) or slash or "."
    with suppress(OSError, ValueError), os.scandir(path) as entries:
        for _number, entry in zip(range(MAX_FILES), entries, strict=False):
            yield _file(f"{directory}{slash}{to_latin1(entry.name)}", entry)


def _file(path: str, entry: os.DirEntry[str]) -> Candidate:
    with suppress(OSError):
        if entry.is_dir():
            return Candidate(f"{path}/", "directory", "", is_partial=True)
        return Candidate(path, "file", format_size_approx(entry.stat().st_size))
    return Candidate(path, "file", "")


def memory_devices(machine: Machine) -> Iterator[Candidate]:
    """Yield the memory devices that have an id, for `guest ACTION DEVICE`."""
    for candidate in devices(machine):
        if memory_device_of(machine.peripheral.children[candidate.text]):
            yield candidate
