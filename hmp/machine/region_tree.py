"""The guest's memory as a tree of named regions, as `info mtree` draws it
(docs/qemu-behaviour/monitor.md §10).

Only what this machine has is in it; how a region is printed is not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.machine.devices.dimm import Nvdimm
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.virtio_mem import VirtioMem

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

EVERYTHING = 1 << 64
IO_PORTS = 1 << 16
UNATTACHED = "parent:{obj path=/machine/unattached}"
CONTAINER, IO = "container", "i/o"


class Region(NamedTuple):
    """A region at `start`, `size` bytes long; an alias shows `size` bytes of region `alias` from
    `offset` on.
    """

    start: int
    size: int
    kind: str
    name: str
    owner: str = UNATTACHED
    priority: int = 0
    alias: str = ""
    offset: int = 0
    children: tuple[Region, ...] = ()


def address_spaces(machine: Machine) -> dict[str, Region]:
    """The address spaces by name, each with its root region."""
    spaces = {"I/O": _ports(machine), "memory": system(machine)}
    if machine.layout.region_length:
        spaces["device-memory"] = _device_memory(machine)
    return spaces


def _ports(machine: Machine) -> Region:
    found = tuple(
        Region(registers.base, registers.length, IO, registers.name)
        for registers in machine.hotplug_registers()
    )
    return Region(0, IO_PORTS, CONTAINER, "io", children=found)


def system(machine: Machine) -> Region:
    """Everything that the guest can address as memory, in order of address."""
    parts = [
        Region(item.start, item.size, item.kind, item.name, priority=item.priority)
        for item in machine.board_ranges
    ]
    parts += _main_memory(machine)
    if machine.layout.region_length:
        parts.append(_device_memory(machine))
    return Region(
        0,
        EVERYTHING,
        CONTAINER,
        "system",
        children=tuple(sorted(parts, key=lambda part: part.start)),
    )


def _main_memory(machine: Machine) -> list[Region]:
    layout, name = machine.layout, machine.main_memory_name
    parts = []
    if layout.low:
        parts.append(Region(0, layout.low, "ram", "ram-below-4g", alias=name))
    if layout.high:
        parts.append(
            Region(
                layout.high_start, layout.high, "ram", "ram-above-4g", alias=name, offset=layout.low
            )
        )
    return parts


def _device_memory(machine: Machine) -> Region:
    plugged = sorted(machine.memory_devices, key=lambda device: device.addr)
    layout = machine.layout
    return Region(
        layout.region_base,
        layout.region_length,
        IO,
        "device-memory",
        "owner:{obj path=/machine}",
        children=tuple(_device(machine, device) for device in plugged),
    )


def _device(machine: Machine, device: MemoryDevice) -> Region:
    backend, kind = device.backend, device.memory_kind
    owner = f"owner:{{obj path={backend.path}}}"
    if isinstance(device, Nvdimm):
        return Region(
            device.addr,
            device.region_size,
            kind,
            "nvdimm-memory",
            _device_owner(device),
            alias=backend.name,
        )
    if isinstance(device, VirtioMem) and device.values["dynamic-memslots"]:
        shown = machine.address_space.within(device.addr, device.region_size)
        slots = tuple(
            Region(
                item.start,
                item.size,
                kind,
                f"memslot-{index}",
                _device_owner(device),
                alias=backend.name,
                offset=item.offset,
            )
            for index, item in enumerate(shown)
        )
        return Region(
            device.addr,
            device.region_size,
            IO,
            device.type_name,
            _device_owner(device),
            children=slots,
        )
    return Region(device.addr, device.region_size, kind, backend.name, owner)


def _device_owner(device: MemoryDevice) -> str:
    return (
        f"owner:{{dev id={device.identifier}}}"
        if device.identifier
        else f"owner:{{dev path={device.path}}}"
    )
