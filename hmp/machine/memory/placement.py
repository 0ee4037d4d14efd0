"""Placement of memory devices: slots and guest-physical addresses, pure arithmetic
(docs/qemu-behaviour/devices.md §4, §5). Addresses and sizes are in bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hmp.errors import StateError
from hmp.units import U64, round_up


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
        # Without slots QEMU prints -1 as uint64 (docs/qemu-behaviour/devices.md §4).
        last = (slot_count - 1) % U64
        super().__init__(f"invalid slot number {slot}, valid range is [0-{last}]")
        self.slot, self.slot_count = slot, slot_count


class SlotBusyError(StateError):
    """The requested slot holds another device."""

    parameter = "slot"

    def __init__(self, slot: int) -> None:
        super().__init__(f"slot {slot} is busy")
        self.slot = slot


class NoSpaceError(StateError):
    """The backend is larger than the space left for memory devices."""

    parameter = "memdev"

    def __init__(self, used: int, total: int) -> None:
        super().__init__(
            f"not enough space, currently 0x{used:x} in use of total space for memory devices "
            f"0x{total:x}"
        )
        self.used, self.total = used, total


class UnalignedSizeError(StateError):
    """The size of the backend is no multiple of its alignment."""

    parameter = "memdev"

    def __init__(self, alignment: int) -> None:
        super().__init__(f"backend memory size must be multiple of 0x{alignment:x}")
        self.alignment = alignment


class FragmentedError(StateError):
    """There is enough free space for the backend, but no gap is large enough."""

    parameter = "memdev"

    def __init__(self) -> None:
        super().__init__(
            "could not find position in guest address space for memory device - memory fragmented "
            "due to alignments"
        )


class AddressError(StateError):
    """The memory can't be at the requested address; `parameter` is the device's property for it."""

    parameter = "addr"


class UnalignedAddressError(AddressError):
    """The address is no multiple of the alignment."""

    def __init__(self, alignment: int) -> None:
        super().__init__(f"address must be aligned to 0x{alignment:x} bytes")
        self.alignment = alignment


class OutOfRegionError(AddressError):
    """The memory would exceed the device memory region."""

    def __init__(self, addr: int, size: int, region_base: int, region_length: int) -> None:
        super().__init__(
            f"can't add memory device [0x{addr:x}:0x{size:x}], usable range for memory devices "
            f"[0x{region_base:x}:0x{region_length:x}]"
        )
        self.addr, self.size = addr, size
        self.region_base, self.region_length = region_base, region_length


class AddressConflictError(AddressError):
    """Another memory device overlaps; `device` is its id, empty when it has none."""

    def __init__(self, device: str) -> None:
        super().__init__(f"address range conflicts with memory device id='{device or '(unnamed)'}'")
        self.device = device


class UsedRange(NamedTuple):
    """A range of the device memory region that a plugged device uses; `name` is its id."""

    addr: int
    size: int
    name: str


class DeviceRegion(NamedTuple):
    """The device memory region: first address, length, and how much devices may use in total.

    `length` has 1 GiB more than `usable` for each slot (docs/qemu-behaviour/devices.md §5).
    """

    base: int
    length: int
    usable: int


class Gap(NamedTuple):
    """A gap of the device memory region from `start` up to `end`; `first` is its first aligned
    address.
    """

    start: int
    end: int
    first: int

    def holds(self, size: int) -> bool:
        """Return whether `size` bytes fit at the first aligned address."""
        return self.first + size <= self.end


def gaps(region: DeviceRegion, alignment: int, used: Iterable[UsedRange]) -> Iterator[Gap]:
    """Yield the gaps between devices, which are ordered by address, and after the last."""
    start = region.base
    for item in used:
        if item.addr > start:
            yield Gap(start, item.addr, round_up(start, alignment))
        start = item.addr + item.size
    if region.base + region.length > start:
        yield Gap(start, region.base + region.length, round_up(start, alignment))


def choose_slot(wanted: int, count: int, busy: set[int]) -> int:
    """Return the slot for a DIMM (docs/qemu-behaviour/devices.md §4).

    `wanted` -1 asks for the lowest free one. Raises NoSlotsError, NoFreeSlotError, InvalidSlotError
    or SlotBusyError.
    """
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


def check_space(region: DeviceRegion, size: int, alignment: int, used: Iterable[UsedRange]) -> None:
    """Check that the region has `size` bytes free and that the size keeps the alignment
    (docs/qemu-behaviour/devices.md §5, steps 3-4).

    Raises NoSpaceError or UnalignedSizeError.
    """
    used_bytes = sum(item.size for item in used)
    if used_bytes + size > region.usable:
        raise NoSpaceError(used_bytes, region.usable)
    if size % alignment:
        raise UnalignedSizeError(alignment)


def fragmentation_warning(region: DeviceRegion, alignment: int) -> str:
    """Return the warning for a region whose start does not keep the alignment, or an empty text
    (docs/qemu-behaviour/devices.md §5, step 5).
    """
    if region.base % alignment == 0:
        return ""
    return (
        f"the alignment (0x{alignment:x}) exceeds the expected maximum alignment, memory will get "
        "fragmented and not all 'maxmem' might be usable for memory devices."
    )


def choose_address(
    region: DeviceRegion, wanted: int, size: int, alignment: int, used: Iterable[UsedRange]
) -> int:
    """Return the address for a device: `wanted` if it is not 0, else the first fit
    (docs/qemu-behaviour/devices.md §5, steps 6-8).

    `used` is ordered by address. Raises AddressError or FragmentedError.
    """
    ordered = list(used)
    if wanted:
        _check_explicit(region, wanted, size, alignment, ordered)
        return wanted
    for gap in gaps(region, alignment, ordered):
        if gap.holds(size):
            return gap.first
    raise FragmentedError


def _check_explicit(
    region: DeviceRegion, addr: int, size: int, alignment: int, ordered: list[UsedRange]
) -> None:
    if addr % alignment:
        raise UnalignedAddressError(alignment)
    # Python's sums do not wrap around, so an end beyond 2^64 is out of the region too.
    if addr < region.base or addr + size > region.base + region.length:
        raise OutOfRegionError(addr, size, region.base, region.length)
    # By address: QEMU names the lowest of the devices in conflict.
    for item in ordered:
        if item.addr < addr + size and addr < item.addr + item.size:
            raise AddressConflictError(item.name)
