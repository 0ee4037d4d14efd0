"""Placement of memory devices: slots and guest-physical addresses, pure arithmetic
(docs/qemu-behaviour/devices.md §4, §5).

Nothing here changes the machine; every function answers or raises a StateError in the reference's
words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hmp.errors import StateError
from hmp.machine.memory.layout import round_up


class NoSlotsError(StateError):
    """The machine was started without memory slots."""

    parameter = "slot"

    def __init__(self) -> None:
        super().__init__("no slots where allocated, please specify the 'slots' option")


class NoFreeSlotError(StateError):
    """Every memory slot holds a device."""

    parameter = "slot"

    def __init__(self) -> None:
        super().__init__("no free slots available")


class InvalidSlotError(StateError):
    """The machine has no slot of that number."""

    parameter = "slot"

    def __init__(self, slot: int, slot_count: int) -> None:
        last = (slot_count - 1) % (1 << 64)
        super().__init__(f"invalid slot number {slot}, valid range is [0-{last}]")
        self.slot, self.slot_count = slot, slot_count


class SlotBusyError(StateError):
    """The slot that was asked for holds another device."""

    parameter = "slot"

    def __init__(self, slot: int) -> None:
        super().__init__(f"slot {slot} is busy")
        self.slot = slot


class NoSpaceError(StateError):
    """The backend is larger than what memory devices may still use; bytes in use, and in total."""

    parameter = "memdev"

    def __init__(self, used: int, total: int) -> None:
        super().__init__(
            f"not enough space, currently 0x{used:x} in use of total space for memory devices "
            f"0x{total:x}"
        )
        self.used, self.total = used, total


class UnalignedSizeError(StateError):
    """The size of the backend is no multiple of its alignment, in bytes."""

    parameter = "memdev"

    def __init__(self, alignment: int) -> None:
        super().__init__(f"backend memory size must be multiple of 0x{alignment:x}")
        self.alignment = alignment


class FragmentedError(StateError):
    """There is room enough for the backend, but in no one piece."""

    parameter = "memdev"

    def __init__(self) -> None:
        super().__init__(
            "could not find position in guest address space for memory device - memory fragmented "
            "due to alignments"
        )


class AddressError(StateError):
    """The memory can't be at the address that was asked for; `parameter` is what the device calls
    its address.
    """

    parameter = "addr"


class UnalignedAddressError(AddressError):
    """The address is no multiple of the alignment, in bytes."""

    def __init__(self, alignment: int) -> None:
        super().__init__(f"address must be aligned to 0x{alignment:x} bytes")
        self.alignment = alignment


class OutOfRegionError(AddressError):
    """The memory would reach out of the device memory region; addresses and lengths in bytes."""

    def __init__(self, addr: int, size: int, region_base: int, region_length: int) -> None:
        super().__init__(
            f"can't add memory device [0x{addr:x}:0x{size:x}], usable range for memory devices "
            f"[0x{region_base:x}:0x{region_length:x}]"
        )
        self.addr, self.size = addr, size
        self.region_base, self.region_length = region_base, region_length


class AddressConflictError(AddressError):
    """Another memory device is in the way; `device` is its id, empty when it has none."""

    def __init__(self, device: str) -> None:
        super().__init__(f"address range conflicts with memory device id='{device or '(unnamed)'}'")
        self.device = device


class Occupied(NamedTuple):
    """A range of the device memory region that a plugged device holds; bytes."""

    addr: int
    size: int
    name: str


class Region(NamedTuple):
    """The device memory region: first address, length, and how much of it devices may use in total;
    bytes.
    """

    base: int
    length: int
    usable: int


class Gap(NamedTuple):
    """A gap of the device memory region: from `start` up to `end`, `first` being its first aligned
    address; bytes.
    """

    start: int
    end: int
    first: int

    def holds(self, size: int) -> bool:
        """Whether `size` bytes fit at the first aligned address."""
        return self.first + size <= self.end


def gaps(region: Region, alignment: int, occupied: Iterable[Occupied]) -> Iterator[Gap]:
    """The gaps between devices, which are ordered by address, and the one after the last; empty
    ones are left out.
    """
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
            raise NoSlotsError
        free = next((slot for slot in range(count) if slot not in busy), None)
        if free is None:
            raise NoFreeSlotError
        return free
    if not 0 <= wanted < count:
        raise InvalidSlotError(wanted, count)
    if wanted in busy:
        raise SlotBusyError(wanted)
    return wanted


def check_room(region: Region, size: int, alignment: int, occupied: Iterable[Occupied]) -> None:
    """Check that the region has `size` bytes left and that the size keeps the alignment."""
    used = sum(item.size for item in occupied)
    if used + size > region.usable:
        raise NoSpaceError(used, region.usable)
    if size % alignment:
        raise UnalignedSizeError(alignment)


def fragmentation_warning(region: Region, alignment: int) -> str:
    """The warning for a region whose start does not keep the alignment; empty when it does."""
    if region.base % alignment == 0:
        return ""
    return (
        f"the alignment (0x{alignment:x}) exceeds the expected maximum alignment, memory will get "
        "fragmented and "
        "not all 'maxmem' might be usable for memory devices."
    )


def choose_address(
    region: Region, wanted: int, size: int, alignment: int, occupied: Iterable[Occupied]
) -> int:
    """The guest-physical address for a device: `wanted` if it is not 0 and fits, else the first
    fit.

    `occupied` is ordered by address.
    """
    ordered = list(occupied)
    if wanted:
        _check_explicit(region, wanted, size, alignment, ordered)
        return wanted
    for gap in gaps(region, alignment, ordered):
        if gap.holds(size):
            return gap.first
    raise FragmentedError


def _check_explicit(
    region: Region, addr: int, size: int, alignment: int, ordered: list[Occupied]
) -> None:
    if addr % alignment:
        raise UnalignedAddressError(alignment)
    if addr < region.base or addr + size > region.base + region.length:
        raise OutOfRegionError(addr, size, region.base, region.length)
    for item in ordered:
        if item.addr < addr + size and addr < item.addr + item.size:
            raise AddressConflictError(item.name)
