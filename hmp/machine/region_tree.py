"""The guest's memory as a tree of named regions, as `info mtree` draws it
(docs/qemu-behaviour/monitor.md §10). It has what this machine has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.machine.devices.dimm import Nvdimm
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.virtio_mem import VirtioMem
from hmp.units import U64

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

ADDRESS_SPACE_SIZE, IO_PORTS = U64, 1 << 16
UNATTACHED = "parent:{obj path=/machine/unattached}"
CONTAINER, IO = "container", "i/o"


class MtreeNode(NamedTuple):
    """A region of `size` bytes at `start`; an alias maps region `alias` from `offset` on."""

    start: int
    size: int
    kind: str
    name: str
    owner: str = UNATTACHED
    priority: int = 0
    alias: str = ""
    offset: int = 0
    children: tuple[MtreeNode, ...] = ()


def address_spaces(machine: Machine) -> dict[str, MtreeNode]:
    """Return the address spaces by name, each as its root region."""
    spaces = {"I/O": _ports(machine), "memory": system(machine)}
    if machine.layout.region_length:
        spaces["device-memory"] = _device_memory(machine)
    return spaces


def _ports(machine: Machine) -> MtreeNode:
    found = tuple(
        MtreeNode(registers.base, registers.length, IO, registers.name)
        for registers in machine.ports.hotplug_registers()
    )
    return MtreeNode(0, IO_PORTS, CONTAINER, "io", children=found)


def system(machine: Machine) -> MtreeNode:
    """Return everything that the guest can address as memory, in order of address."""
    parts = [
        MtreeNode(item.start, item.size, item.kind, item.name, priority=item.priority)
        for item in machine.board_ranges
    ]
    parts += _main_memory(machine)
    if machine.layout.region_length:
        parts.append(_device_memory(machine))
    return MtreeNode(
        0,
        ADDRESS_SPACE_SIZE,
        CONTAINER,
        "system",
        children=tuple(sorted(parts, key=lambda part: part.start)),
    )


def _main_memory(machine: Machine) -> list[MtreeNode]:
    layout, name = machine.layout, machine.main_memory_name
    parts = []
    if layout.low:
        parts.append(MtreeNode(0, layout.low, "ram", "ram-below-4g", alias=name))
    if layout.high:
        parts.append(
            MtreeNode(
                layout.high_start, layout.high, "ram", "ram-above-4g", alias=name, offset=layout.low
            )
        )
    return parts


def _device_memory(machine: Machine) -> MtreeNode:
    layout = machine.layout
    return MtreeNode(
        layout.region_base,
        layout.region_length,
        IO,
        "device-memory",
        "owner:{obj path=/machine}",
        children=tuple(_device(machine, device) for device in machine.devices_by_address()),
    )


def _device(machine: Machine, device: MemoryDevice) -> MtreeNode:
    backend, kind = device.backend, device.memory_kind
    owner = f"owner:{{obj path={backend.path}}}"
    # These two map parts of the backend, as aliases of their own; others map all of it.
    if isinstance(device, Nvdimm):
        return MtreeNode(
            device.addr,
            device.region_size,
            kind,
            "nvdimm-memory",
            _device_owner(device),
            alias=backend.name,
        )
    if isinstance(device, VirtioMem) and device.dynamic_memslots:
        shown = machine.address_space.overlapping(device.addr, device.region_size)
        slots = tuple(
            MtreeNode(
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
        return MtreeNode(
            device.addr,
            device.region_size,
            IO,
            device.type_name,
            _device_owner(device),
            children=slots,
        )
    return MtreeNode(device.addr, device.region_size, kind, backend.name, owner)


def _device_owner(device: MemoryDevice) -> str:
    return (
        f"owner:{{dev id={device.identifier}}}"
        if device.identifier
        else f"owner:{{dev path={device.path}}}"
    )
