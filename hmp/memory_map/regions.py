"""Return the guest-physical address space as regions: RAM, holes, free space and devices.

Addresses and sizes are in bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from hmp.guest.memory import NOT_ADDED
from hmp.machine.devices.dimm import Dimm
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.memory.capacity import free_bytes
from hmp.machine.memory.smaps import Vma, read_smaps, residency
from hmp.units import format_size, format_sizes, format_sizes_approx

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def scale_widths(sizes: Sequence[int], width: int, minimum: int = 1) -> list[int]:
    """Return widths that add up to `width`, proportional to the sizes but at least `minimum`.

    Where not all fit, the last ones are 0.
    """
    count = min(len(sizes), width // minimum)
    total = sum(sizes[:count]) or 1
    widths = [max(minimum, size * width // total) for size in sizes[:count]]
    while widths and sum(widths) != width:
        step = 1 if sum(widths) < width else -1
        # Rounding errors go to the part that is furthest from its exact width.
        candidates = [index for index in range(count) if step > 0 or widths[index] > minimum]
        chosen = max(
            candidates, key=lambda index: step * (sizes[index] * width / total - widths[index])
        )
        widths[chosen] += step
    return widths + [0] * (len(sizes) - count)


class RegionKind(StrEnum):
    """What a region is; the value is part of the name of its style."""

    RAM = "ram"
    HOLE = "hole"
    FREE = "free"
    DIMM = "dimm"
    VIRTIO = "virtio"


NO_SLOT = -1
BASE_PAGE_BYTES = 4096


class MapRegion(NamedTuple):
    """A part of the address space from `start` up to `end`.

    `name` is the device's id or the kind of memory, `memdev` the name of the backend. `mapped` are
    the bytes that the guest can access, `resident` those that the host has allocated, in pages of
    `page_size` bytes. `slot` is NO_SLOT for what has none. `left_out`: Linux can't use the DIMM.
    `is_named`: the name is no type, of which there may be several.
    """

    start: int
    end: int
    kind: RegionKind
    name: str
    memdev: str = ""
    slot: int = NO_SLOT
    mapped: int = 0
    resident: int = 0
    page_size: int = 0
    left_out: bool = False
    is_named: bool = True

    @property
    def label(self) -> str:
        """The name for where no slot stands beside it; DIMMs without an id have none else."""
        return f"slot {self.slot}" if self.slot != NO_SLOT and not self.is_named else self.name

    @property
    def size(self) -> int:
        """Bytes from start to end."""
        return self.end - self.start


class MemoryMap(NamedTuple):
    """The regions of an address space, and the bytes of memory that may still be plugged; None
    where the machine takes none at all.
    """

    regions: list[MapRegion]
    free: int | None = None


def memory_map(machine: Machine) -> MemoryMap:
    """Return the map of a machine as it is."""
    free = free_bytes(machine) if machine.device_region.length else None
    return MemoryMap(map_regions(machine), free)


def free_text(memory: MemoryMap) -> str:
    """Return what may still be plugged, and the address space for it, as text."""
    if memory.free is None:
        return "nothing can be plugged: the machine has no memory for devices"
    space = sum(region.size for region in memory.regions if region.kind == RegionKind.FREE)
    free, available = format_sizes(memory.free, space)
    return f"free for devices: {free}, in {available} of address space"


def left_out_texts(memory: MemoryMap) -> list[str]:
    """Return a line of text for each DIMM that the guest has no use for."""
    return [f"{region.label}: {NOT_ADDED}" for region in memory.regions if region.left_out]


def resident_text(region: MapRegion) -> str:
    """Return what the host has allocated of a region; empty for one without memory."""
    if region.kind in (RegionKind.HOLE, RegionKind.FREE):
        return ""
    resident, mapped = format_sizes_approx(region.resident, region.mapped)
    is_huge = region.page_size > BASE_PAGE_BYTES
    pages = f", {format_size(region.page_size)} pages" if is_huge else ""
    return f"{resident} of {mapped}{pages}"


def map_regions(machine: Machine) -> list[MapRegion]:
    """Return adjacent regions from 0 to the end of RAM or of the device memory region."""
    vmas = read_smaps(machine.host_process)
    found: list[MapRegion] = []
    end = 0
    for region in sorted(_occupied_regions(machine, vmas)):
        if region.start > end:
            found.append(MapRegion(end, region.start, RegionKind.HOLE, "hole"))
        found.append(region)
        end = region.end
    return found


def _occupied_regions(machine: Machine, vmas: list[Vma]) -> Iterator[MapRegion]:
    layout = machine.layout
    low = layout.low or machine.memory_config.size
    for start, size in ((0, low), (layout.high_start, layout.high)):
        if size:
            yield from (
                _with_residency(machine, region, vmas)
                for region in _ram_regions(machine, start, start + size)
            )
    device_region = machine.device_region
    if not device_region.length:
        return
    start = device_region.base
    for device in machine.devices_by_address():
        if device.addr > start:
            yield MapRegion(start, device.addr, RegionKind.FREE, "free")
        yield _device_region(machine, device, vmas)
        start = device.addr + device.region_size
    if device_region.base + device_region.length > start:
        yield MapRegion(start, device_region.base + device_region.length, RegionKind.FREE, "free")


def _ram_regions(machine: Machine, start: int, end: int) -> Iterator[MapRegion]:
    """Yield a region for each backend of a part of RAM: NUMA nodes may have one each.

    Memory of the board that covers RAM, such as ROM, counts as part of the backend's region.
    """
    ram_backends = {item.name for item in machine.backends if item.user == "machine"}
    ends: dict[str, int] = {}
    for segment in machine.address_space.segments(start, end - start):
        if segment.range and segment.range.name in ram_backends:
            ends[segment.range.name] = segment.addr + segment.size
    last = next(reversed(ends), machine.main_memory_name)
    for name, backend_end in {**ends, last: end}.items():
        yield MapRegion(start, backend_end, RegionKind.RAM, "RAM", name)
        start = backend_end


def _device_region(machine: Machine, device: MemoryDevice, vmas: list[Vma]) -> MapRegion:
    is_dimm = isinstance(device, Dimm)
    region = MapRegion(
        device.addr,
        device.addr + device.region_size,
        RegionKind.DIMM if is_dimm else RegionKind.VIRTIO,
        device.owner.identifier or device.owner.type_name,
        device.backend.name,
        device.slot if isinstance(device, Dimm) else NO_SLOT,
        is_named=bool(device.owner.identifier),
        left_out=machine.simulates_guest and machine.guest.memory.is_left_out(device),
    )
    return _with_residency(machine, region, vmas)._replace(mapped=device.plugged_size)


def _with_residency(machine: Machine, region: MapRegion, vmas: list[Vma]) -> MapRegion:
    """Return the region with the resident bytes and the page size of its backend's mapping."""
    resident = page_size = 0
    for segment in machine.address_space.segments(region.start, region.size):
        found = segment.range
        if found is None or found.mapping is None or found.name != region.memdev:
            continue
        address = found.mapping.address + found.host_offset(segment.addr)
        memory = residency(address, segment.size, vmas, machine.host_process)
        resident += memory.resident
        page_size = max(page_size, memory.page_size)
    return region._replace(mapped=region.size, resident=resident, page_size=page_size)
