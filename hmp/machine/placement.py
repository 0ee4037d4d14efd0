"""Placement of memory devices: slots and guest-physical addresses, pure arithmetic (spec/devices.md sections 4, 5).

Nothing here changes the machine; every function answers or raises StateError in the reference's words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hmp.errors import StateError
from hmp.machine.layout import round_up


class Occupied(NamedTuple):
    """A range of the device memory region that a plugged device holds; bytes."""

    addr: int
    size: int
    name: str


class Region(NamedTuple):
    """The device memory region: first address, length, and how much of it devices may use in total; bytes."""

    base: int
    length: int
    usable: int


class Gap(NamedTuple):
    """A gap of the device memory region: from `start` up to `end`, `first` being its first aligned address; bytes."""

    start: int
    end: int
    first: int

    def holds(self, size: int) -> bool:
        """Whether `size` bytes fit at the first aligned address."""
        return self.first + size <= self.end


def gaps(region: Region, alignment: int, occupied: Iterable[Occupied]) -> Iterator[Gap]:
    """The gaps between devices, which are ordered by address, and the one after the last; empty ones are left out."""
    start = region.base
    for item in occupied:
        if item.addr > start:
            yield Gap(start, item.addr, round_up(start, alignment))
        start = item.addr + item.size
    if region.base + region.length > start:
        yield Gap(start, region.base + region.length, round_up(start, alignment))


def choose_slot(wanted: int, count: int, busy: set[int]) -> int:
    """The slot for a DIMM; -1 asks for the lowest free one."""
    if wanted == -1:
        if not count:
            raise StateError("no slots where allocated, please specify the 'slots' option")
        free = next((slot for slot in range(count) if slot not in busy), None)
        if free is None:
            raise StateError("no free slots available")
        return free
    if not 0 <= wanted < count:
        raise StateError(f"invalid slot number {wanted}, valid range is [0-{(count - 1) % (1 << 64)}]")
    if wanted in busy:
        raise StateError(f"slot {wanted} is busy")
    return wanted


def check_room(region: Region, size: int, alignment: int, occupied: Iterable[Occupied]) -> None:
    """Check that the region has `size` bytes left and that the size keeps the alignment."""
    used = sum(item.size for item in occupied)
    if used + size > region.usable:
        raise StateError(f"not enough space, currently 0x{used:x} in use of total space for memory devices "
                             f"0x{region.usable:x}")
    if size % alignment:
        raise StateError(f"backend memory size must be multiple of 0x{alignment:x}")


def fragmentation_warning(region: Region, alignment: int) -> str:
    """The warning for a region whose start does not keep the alignment; empty when it does."""
    if region.base % alignment == 0:
        return ""
    return (f"the alignment (0x{alignment:x}) exceeds the expected maximum alignment, memory will get fragmented and "
            "not all 'maxmem' might be usable for memory devices.")


def choose_address(region: Region, wanted: int, size: int, alignment: int, occupied: Iterable[Occupied]) -> int:
    """The guest-physical address for a device: `wanted` if it is not 0 and fits, else the first fit.

    `occupied` is ordered by address.
    """
    ordered = list(occupied)
    if wanted:
        _check_explicit(region, wanted, size, alignment, ordered)
        return wanted
    for gap in gaps(region, alignment, ordered):
        if gap.holds(size):
            return gap.first
    raise StateError("could not find position in guest address space for memory device - memory fragmented "
                         "due to alignments")


def _check_explicit(region: Region, addr: int, size: int, alignment: int, ordered: list[Occupied]) -> None:
    if addr % alignment:
        raise StateError(f"address must be aligned to 0x{alignment:x} bytes")
    if addr < region.base or addr + size > region.base + region.length:
        raise StateError(f"can't add memory device [0x{addr:x}:0x{size:x}], usable range for memory devices "
                             f"[0x{region.base:x}:0x{region.length:x}]")
    for item in ordered:
        if item.addr < addr + size and addr < item.addr + item.size:
            raise StateError(f"address range conflicts with memory device id='{item.name or '(unnamed)'}'")
