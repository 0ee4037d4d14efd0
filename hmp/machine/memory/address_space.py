"""The guest-physical address space: which mapping backs which address, and reading through it.

Addresses and sizes are in bytes.
"""

from __future__ import annotations

from bisect import bisect_right, insort

from hmp.machine.memory.mapping import Mapping
from hmp.record import Record

# With paging off, a virtual address modulo 2^52 is the physical one
# (docs/qemu-behaviour/monitor.md §6).
VIRTUAL_MASK = (1 << 52) - 1


class AddressRange(Record):
    """A range of guest-physical memory; without a mapping it is I/O, which reads as zeros.

    `offset` is where in the mapping it begins; `kind` is ram, rom, nv-ram or i/o; `priority` is
    that of `info mtree`.
    """

    start: int
    size: int
    name: str
    mapping: Mapping | None
    offset: int = 0
    kind: str = "ram"
    priority: int = 0

    @property
    def end(self) -> int:
        """First address past the range."""
        return self.start + self.size

    def host_offset(self, addr: int) -> int:
        """Return the offset in the mapping of a guest-physical address of the range."""
        return addr - self.start + self.offset


class Segment(Record):
    """A part of the address space, with the range that backs it, or None for a hole."""

    addr: int
    size: int
    range: AddressRange | None


class AddressSpace:
    """The ranges, which do not overlap, by address.

    It owns no mapping: the backends and the machine (for its firmware) close theirs.
    """

    def __init__(self) -> None:
        self._ranges: list[AddressRange] = []

    @property
    def ranges(self) -> list[AddressRange]:
        """The ranges, by address."""
        return self._ranges

    def map(self, new: AddressRange) -> None:
        """Add a range, unless it is empty; nothing may be mapped there yet."""
        if new.size > 0:
            insort(self._ranges, new, key=lambda item: item.start)

    def fill(self, new: AddressRange) -> None:
        """Map those parts of a range where nothing is mapped yet."""
        for segment in self.segments(new.start, new.size) if new.size > 0 else ():
            if segment.range is None:
                offset = new.host_offset(segment.addr)
                self.map(new.replace(start=segment.addr, size=segment.size, offset=offset))

    def overlapping(self, start: int, size: int) -> list[AddressRange]:
        """Return the ranges that overlap `size` bytes at `start`."""
        return [item for item in self._ranges if item.start < start + size and start < item.end]

    def unmap(self, start: int, size: int) -> None:
        """Unmap `size` bytes at `start`; what reaches beyond them stays mapped.

        One range may hold several memory slots of a virtio-mem device, of which the last ones go.
        """
        end = start + size
        inside = self.overlapping(start, size)
        self._ranges = [item for item in self._ranges if item not in inside]
        for item in inside:
            # What is before and after; `map` drops it when its size is 0 or negative.
            self.map(item.replace(size=start - item.start))
            self.map(item.replace(start=end, size=item.end - end, offset=item.host_offset(end)))

    def at(self, addr: int) -> AddressRange | None:
        """Return the range at an address, or None."""
        index = bisect_right(self._ranges, addr, key=lambda item: item.start) - 1
        found = self._ranges[index] if index >= 0 else None
        return found if found and addr < found.end else None

    def segments(self, addr: int, size: int) -> list[Segment]:
        """Return `size` bytes at an address, cut at the borders of ranges, holes included."""
        result: list[Segment] = []
        end = addr + size
        while addr < end:
            found = self.at(addr)
            stop = min(end, found.end if found else self._next_start(addr, end))
            result.append(Segment(addr, stop - addr, found))
            addr = stop
        return result

    def _next_start(self, addr: int, end: int) -> int:
        index = bisect_right(self._ranges, addr, key=lambda item: item.start)
        return self._ranges[index].start if index < len(self._ranges) else end

    def read(self, addr: int, size: int) -> bytes | None:
        """Return the bytes at an address, or None when any of them can't be read."""
        parts = [self.read_segment(segment) for segment in self.segments(addr, size)]
        return None if None in parts else b"".join(part for part in parts if part is not None)

    def read_segment(self, segment: Segment) -> bytes | None:
        """Return the bytes of a segment; None for a hole or a page that the host can't provide."""
        if segment.range is None:
            return None
        if segment.range.mapping is None:
            return bytes(segment.size)
        return segment.range.mapping.read(segment.range.host_offset(segment.addr), segment.size)
