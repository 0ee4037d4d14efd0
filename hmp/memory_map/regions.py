"""The guest-physical address space as a row of spans: RAM, holes, the device memory region and what
is plugged in it.

How a span is drawn is decided beside this file; addresses and sizes are in bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hmp.machine.devices.dimm import Dimm
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.memory.smaps import Vma, read_smaps, residency

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def scale_widths(sizes: Sequence[int], width: int, least: int = 1) -> list[int]:
    """Widths that add up to `width`, each at least `least`, proportional to the sizes as far as
    that allows.

    With more parts than there is room for, the last ones get nothing.
    """
    count = min(len(sizes), width // least)
    total = sum(sizes[:count]) or 1
    widths = [max(least, size * width // total) for size in sizes[:count]]
    while widths and sum(widths) != width:
        step = 1 if sum(widths) < width else -1
        # What is too much or too little goes to the part whose share is furthest from its size.
        candidates = [index for index in range(count) if step > 0 or widths[index] > least]
        chosen = max(
            candidates, key=lambda index: step * (sizes[index] * width / total - widths[index])
        )
        widths[chosen] += step
    return widths + [0] * (len(sizes) - count)


RAM, HOLE, FREE, DIMM, VIRTIO = "ram", "hole", "free", "dimm", "virtio"
NO_SLOT = -1


class Span(NamedTuple):
    """A part of the address space from `start` up to `end`.

    `name` is the device's id or the kind of memory, `memdev` the backend; `mapped` are bytes that
    the guest can see, `resident` those that the host really gave, in pages of `page_size` bytes;
    `slot` is NO_SLOT for what sits in none.
    """

    start: int
    end: int
    kind: str
    name: str
    memdev: str = ""
    slot: int = NO_SLOT
    mapped: int = 0
    resident: int = 0
    page_size: int = 0

    @property
    def size(self) -> int:
        """Bytes from start to end."""
        return self.end - self.start


def spans(machine: Machine) -> list[Span]:
    """The whole address space up to the end of RAM or of the device memory region, without gaps."""
    known = read_smaps()
    found: list[Span] = []
    at = 0
    for span in sorted(_present(machine, known)):
        if span.start > at:
            found.append(Span(at, span.start, HOLE, "hole"))
        found.append(span)
        at = span.end
    return found


def _present(machine: Machine, known: list[Vma]) -> Iterator[Span]:
    layout = machine.layout
    low = layout.low or machine.memory_config.size
    for start, size in ((0, low), (layout.high_start, layout.high)):
        if size:
            yield from (
                _filled(machine, span, known) for span in _of_ram(machine, start, start + size)
            )
    region = machine.device_region
    if not region.length:
        return
    at = region.base
    for device in machine.devices_by_address():
        if device.addr > at:
            yield Span(at, device.addr, FREE, "free")
        yield _device(machine, device, known)
        at = device.addr + device.region_size
    if region.base + region.length > at:
        yield Span(at, region.base + region.length, FREE, "free")


def _of_ram(machine: Machine, start: int, end: int) -> Iterator[Span]:
    """A part of RAM, one span for each backend: NUMA nodes may have their own; what the board
    covers counts along.
    """
    own = {item.name for item in machine.backends if item.user == "machine"}
    ends: dict[str, int] = {}
    for segment in machine.address_space.segments(start, end - start):
        if segment.range and segment.range.name in own:
            ends[segment.range.name] = segment.addr + segment.size
    last = next(reversed(ends), machine.main_memory_name)
    for name, backend_end in {**ends, last: end}.items():
        yield Span(start, backend_end, RAM, "RAM", name)
        start = backend_end


def _device(machine: Machine, device: MemoryDevice, known: list[Vma]) -> Span:
    is_dimm = isinstance(device, Dimm)
    span = Span(
        device.addr,
        device.addr + device.region_size,
        DIMM if is_dimm else VIRTIO,
        device.owner.identifier or device.owner.type_name,
        device.backend.name,
        device.slot if isinstance(device, Dimm) else NO_SLOT,
    )
    filled = _filled(machine, span, known)
    return filled._replace(mapped=device.plugged_size)


def _filled(machine: Machine, span: Span, known: list[Vma]) -> Span:
    """The span with what is behind it on the host."""
    resident = page_size = 0
    for segment in machine.address_space.segments(span.start, span.size):
        if (
            segment.range is None
            or segment.range.mapping is None
            or segment.range.name != span.memdev
        ):
            continue
        where = segment.range.mapping.address + segment.range.host_offset(segment.addr)
        behind = residency(where, segment.size, known)
        resident += behind.resident
        page_size = max(page_size, behind.page_size)
    return span._replace(mapped=span.size, resident=resident, page_size=page_size)
