"""The addresses of a machine's RAM and of its device memory region, in bytes: pure arithmetic
(docs/qemu-behaviour/devices.md §5, docs/qemu-behaviour/startup.md §7).
"""

from __future__ import annotations

from hmp.errors import StateError
from hmp.record import Record
from hmp.units import GIB, MIB, TIB, U64, round_up

FOUR_GIB = 4 * GIB
# From here up to 1 TiB, addresses are reserved on AMD processors.
HYPERTRANSPORT_HOLE = 0xFD00000000
# QEMU's limits (docs/qemu-behaviour/startup.md §7).
MAX_SLOTS, MAXMEM_STEP = 256, 4096
# Between memory and CXL's windows are the registers of host bridges.
CXL_REGISTERS, WINDOW_STEP = MIB, 256 * MIB


class AddressLimitError(StateError):
    """The memory would end at `end`, beyond the last guest-physical address `limit`."""

    def __init__(self, limit: int, end: int, phys_bits: int) -> None:
        super().__init__(
            f"Address space limit 0x{limit:x} < 0x{end:x} phys-bits too low ({phys_bits})"
        )
        self.limit, self.end, self.phys_bits = limit, end, phys_bits


class SlotCountError(StateError):
    """More memory slots than a machine can have."""

    parameter = "slots"

    def __init__(self, slots: int) -> None:
        super().__init__(f"unsupported amount of memory slots: {slots}")
        self.slots = slots


class Chipset(Record):
    """How a family of machines splits its RAM, in bytes: of RAM of `split` or more only `low` is
    below 4 GiB. `pci_hole` is the size of the 64-bit PCI hole above it. max-ram-below-4g lowers the
    split, or else replaces it (docs/qemu-behaviour/devices.md §5).
    """

    split: int
    low: int
    pci_hole: int
    split_is_limit: bool


PC = Chipset(0xE0000000, 0xC0000000, 2 * GIB, split_is_limit=False)
Q35 = Chipset(0xB0000000, 0x80000000, 32 * GIB, split_is_limit=True)


class AddressWidth(Record):
    """What of a CPU limits the layout: bits of a guest-physical address, whether it is a 64-bit
    one, and whether memory above 4 GiB starts at 1 TiB when it would reach the HyperTransport hole.
    Versions before 8.2 do not limit that of a 32-bit CPU (experiment: pentium on every version).
    """

    phys_bits: int
    has_long_mode: bool
    avoids_hole: bool
    limits_32_bit: bool

    @property
    def limit(self) -> int:
        """The last address; QEMU shifts by the width modulo 64 (experiment: phys-bits=99)."""
        return (1 << self.phys_bits % 64) - 1


class Layout(Record):
    """RAM below and above 4 GiB, and the device memory region, in bytes.

    `region_length` is 0 when there is no region; devices can use `region_usable` of it in total.
    """

    low: int
    high_start: int
    high: int
    region_base: int
    region_length: int
    region_usable: int


def lay_out(
    chipset: Chipset,
    ram: int,
    slots: int,
    maxmem: int,
    width: AddressWidth,
    below_4g: int = 0,
    windows: tuple[int, ...] | None = None,
) -> Layout:
    """Return the layout of a machine; raise StateError when it can't be addressed.

    `below_4g` is max-ram-below-4g or 0; `windows` are the sizes of CXL's, None without CXL. Sums
    wrap around at 2^64, as QEMU's do.
    """
    split = below_4g or chipset.split
    if chipset.split_is_limit:
        split = min(split, chipset.split)
    low = ram if ram < split else min(chipset.low, split)
    above = ram - low
    usable = max(maxmem - ram, 0)
    # 1 GiB more for each slot leaves room for the gaps of alignment.
    length = (usable + slots * GIB) % U64 if usable else 0

    # The last address, that of the PCI hole above the region, depends on where memory above 4 GiB
    # starts, and that on the last address. A 32-bit CPU has no such hole.
    def top(start: int) -> int:
        end = (round_up(start + above, GIB) + length) % U64 if length else start + above
        if windows is not None:
            end = _end_of_windows(end if length else start + above, windows)
        if width.has_long_mode:
            end = round_up(end, GIB) + chipset.pci_hole
        return (end - 1) % U64

    start = FOUR_GIB
    if width.avoids_hole and top(start) >= HYPERTRANSPORT_HOLE:
        start = TIB
    is_limited = width.has_long_mode or width.limits_32_bit
    if is_limited and top(start) > width.limit:
        raise AddressLimitError(width.limit, top(start), width.phys_bits)
    # Slots come after the address limit (docs/qemu-behaviour/startup.md §3, stage 19).
    base = round_up(start + above, GIB)
    if usable:
        _check_hotplug_memory(slots, maxmem, base + length)
    return Layout(low, start, above, base, length, usable)


def window_addresses(layout: Layout, sizes: tuple[int, ...]) -> list[int]:
    """Return where CXL's windows begin, which are above all memory."""
    if layout.region_length:
        above = layout.region_base + layout.region_length
    else:
        above = layout.high_start + layout.high
    first = round_up(above + CXL_REGISTERS, WINDOW_STEP)
    return [first + sum(sizes[:number]) for number in range(len(sizes))]


def _end_of_windows(above: int, sizes: tuple[int, ...]) -> int:
    """Return the end of what CXL has above some address."""
    registers = above + CXL_REGISTERS
    return round_up(registers, WINDOW_STEP) + sum(sizes) if sizes else registers


def lay_out_without_hotplug(ram: int, split: bool) -> Layout:
    """Return the layout of a machine without device memory.

    `split`: at most 3 GiB of RAM are below 4 GiB, as on microvm (experiment: info mtree, -m 4G).
    """
    low = min(ram, PC.low) if split else ram
    return Layout(low, FOUR_GIB, ram - low, 0, 0, 0)


def below_4g_warning(chipset: Chipset, ram: int, below_4g: int) -> str:
    """Return QEMU's warning when max-ram-below-4g splits RAM badly, else an empty text."""
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
    default = chipset.low if ram >= chipset.split else chipset.split
    # The difference wraps around, so that QEMU warns also when RAM is smaller than the limit.
    if below_4g < default and (ram - below_4g) % U64 > below_4g and below_4g % GIB:
        return (
            f"There is possibly poor performance as the ram size  (0x{ram:x}) is more then twice "
            f"the size of max-ram-below-4g ({below_4g}) and max-ram-below-4g is not a multiple of "
            "1G."
        )
    return ""


def _check_hotplug_memory(slots: int, maxmem: int, end: int) -> None:
    if slots > MAX_SLOTS:
        raise SlotCountError(slots)
    if maxmem % MAXMEM_STEP:
        raise StateError("maximum memory size must by aligned to multiple of 4096 bytes")
    if end >= U64:
        raise StateError(f"unsupported amount of maximum memory: {maxmem:x}")
