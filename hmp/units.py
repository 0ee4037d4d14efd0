"""Powers of two, sizes as text (`1.5G`, `512M`, `3K`), and the UUID of what has none."""

from __future__ import annotations

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40
PAGE_SIZE = 4 * KIB
"""A small page of x86-64, of the host and of the guest."""
U32, U64 = 1 << 32, 1 << 64
"""One more than the largest uint32 and uint64: the moduli at which QEMU's numbers wrap around."""
ALL_ONES_32, ALL_ONES_64 = U32 - 1, U64 - 1
NO_UUID = "00000000-0000-0000-0000-000000000000"
SUFFIXES = ((TIB, "T"), (GIB, "G"), (MIB, "M"), (KIB, "K"))


def round_up(value: int, step: int) -> int:
    """Return the first multiple of `step` at or above `value`."""
    return -(-value // step) * step


def format_size(size: int) -> str:
    """Return the shortest text that the monitor reads as exactly `size` bytes."""
    for unit, letter in SUFFIXES:
        if size >= unit and size * 4 % unit == 0:
            whole, quarters = divmod(size * 4 // unit, 4)
            return f"{whole}{('', '.25', '.5', '.75')[quarters]}{letter}"
    return str(size)


def format_size_approx(size: int) -> str:
    """Return about `size` bytes as text, with at most one digit after the point."""
    for unit, letter in SUFFIXES:
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + letter
    return f"{size}B" if size else "0"
