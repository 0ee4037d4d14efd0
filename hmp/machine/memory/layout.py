"""Where a machine's RAM and its device memory lie: pure arithmetic over guest-physical addresses in
bytes.

From docs/qemu-behaviour/devices.md §5 and docs/qemu-behaviour/startup.md §7; nothing is mapped
here.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import StateError

GIB = 1 << 30
FOUR_GIB = 4 * GIB
ADDRESS_LIMIT = (1 << 40) - 1
HYPERTRANSPORT_HOLE = 0xFD00000000
TIB = 1 << 40
U64 = 1 << 64


class AddressLimitError(StateError):
    """The memory would reach beyond the last guest-physical address, `limit`, as far as `end`."""

    def __init__(self, limit: int, end: int) -> None:
        super().__init__(f"Address space limit 0x{limit:x} < 0x{end:x} phys-bits too low (40)")
        self.limit, self.end = limit, end


class SlotCountError(StateError):
    """More memory slots than a machine can have."""

    parameter = "slots"

    def __init__(self, slots: int) -> None:
        super().__init__(f"unsupported amount of memory slots: {slots}")
        self.slots = slots


class Chipset(NamedTuple):
    """How a family of machines splits its RAM: `split` bytes or more leaves only `low` of it below
    4 GiB.
    """

    split: int
    low: int
    pci_hole: int


PC = Chipset(0xE0000000, 0xC0000000, 2 * GIB)
Q35 = Chipset(0xB0000000, 0x80000000, 32 * GIB)


class Layout(NamedTuple):
    """RAM below and above 4 GiB, and the device memory region; its length is 0 when there is
    none.
    """

    low: int
    high_start: int
    high: int
    region_base: int
    region_length: int
    region_usable: int


def round_up(value: int, step: int) -> int:
    """The first multiple of `step` at or above `value`."""
    return -(-value // step) * step


def lay_out(
    chipset: Chipset, ram: int, slots: int, maximum: int, moves: bool, below_4g: int = 0
) -> Layout:
    """The layout of a machine; StateError with the reference's words when it can't be addressed.

    `maximum` is maxmem in bytes, `below_4g` max-ram-below-4g or 0, `moves` whether high memory may
    start at 1 TiB.
    """
    split = (
        min(below_4g, chipset.split) if below_4g and chipset is Q35 else below_4g or chipset.split
    )
    low = ram if ram < split else min(chipset.low, split)
    above = ram - low
    usable = max(maximum - ram, 0)
    length = (usable + slots * GIB) % U64 if usable else 0

    def top(start: int) -> int:
        return (
            round_up((round_up(start + above, GIB) + length) % U64, GIB) + chipset.pci_hole - 1
        ) % U64

    start = FOUR_GIB
    if moves and top(start) >= HYPERTRANSPORT_HOLE:
        start = TIB
    if top(start) > ADDRESS_LIMIT:
        raise AddressLimitError(ADDRESS_LIMIT, top(start))
    if usable:
        _check_slots(slots, maximum)
    return Layout(low, start, above, round_up(start + above, GIB), length, usable)


def lay_out_without_hotplug(ram: int, split: bool) -> Layout:
    """The layout of a machine without device memory; `split` leaves at most 3 GiB of RAM below 4
    GiB.
    """
    low = min(ram, PC.low) if split else ram
    return Layout(low, FOUR_GIB, ram - low, 0, 0, 0)


def below_4g_warning(chipset: Chipset, ram: int, below_4g: int) -> str:
    """What the reference warns of when max-ram-below-4g splits RAM badly; empty when it does
    not.
    """
    if not below_4g:
        return ""
    if chipset is PC:
        low = min(below_4g, PC.low)
        if ram >= low and low % GIB:
            return (
                f"Large machine and max_ram_below_4g ({below_4g}) not a multiple of 1G; "
                "possible bad performance."
            )
        return ""
    usual = chipset.low if ram >= chipset.split else chipset.split
    # The difference wraps around, so that RAM smaller than the limit is warned of as well.
    if below_4g < usual and (ram - below_4g) % U64 > below_4g and below_4g % GIB:
        return (
            f"There is possibly poor performance as the ram size  (0x{ram:x}) is more then twice "
            "the size of "
            f"max-ram-below-4g ({below_4g}) and max-ram-below-4g is not a multiple of 1G."
        )
    return ""


def _check_slots(slots: int, maximum: int) -> None:
    if slots > 256:
        raise SlotCountError(slots)
    if maximum % 4096:
        raise StateError("maximum memory size must by aligned to multiple of 4096 bytes")
