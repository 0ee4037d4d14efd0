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


def next_power_of_two(number: int) -> int:
    """Return the smallest power of two that is no less than a positive number."""
    return 1 << (number - 1).bit_length()


def round_up(value: int, step: int) -> int:
    """Return the first multiple of `step` at or above `value`."""
    return -(-value // step) * step


def format_size(size: int) -> str:
    """Return the shortest text that the monitor reads as exactly `size` bytes."""
    for unit, letter in SUFFIXES:
        if size >= unit and size * 4 % unit == 0:
            return _in_quarters(size, unit, letter)
    return str(size)


def format_size_approx(size: int) -> str:
    """Return about `size` bytes as text, with at most one digit after the point."""
    for unit, letter in SUFFIXES:
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + letter
    return f"{size}B" if size else "0"


def format_sizes(*sizes: int) -> list[str]:
    """Return sizes for one sentence: exact, and all in one unit, the largest in which none has more
    than quarters.
    """
    for unit, letter in SUFFIXES:
        if any(sizes) and all(size * 4 % unit == 0 for size in sizes):
            return [_in_quarters(size, unit, letter) for size in sizes]
    return [str(size) for size in sizes]


def _in_quarters(size: int, unit: int, letter: str) -> str:
    whole, quarters = divmod(size * 4 // unit, 4)
    return f"{whole}{('', '.25', '.5', '.75')[quarters]}{letter}" if size else "0"


# What rounding to a tenth may change in a sentence, as a part of the size, and the number from
# which on a larger unit is read more easily.
MAX_ERROR, MAX_NUMBER = 0.02, 10000


def format_sizes_approx(*sizes: int) -> list[str]:
    """Return sizes for one sentence, with at most one digit after the point: all in one unit, the
    largest in which that is nearly exact. What is too small beside others is `<0.1G`.
    """
    units = [(unit, letter) for unit, letter in SUFFIXES if max(sizes) >= unit] or [(1, "B")]
    readable = [each for each in units if max(sizes) < MAX_NUMBER * each[0]]
    unit, letter = next((each for each in readable if _nearly_exact(sizes, each[0])), units[0])
    return [_in_tenths(size, unit, letter) for size in sizes]


def _nearly_exact(sizes: tuple[int, ...], unit: int) -> bool:
    return all(
        abs(round(size * 10 / unit) * unit / 10 - size) <= size * MAX_ERROR for size in sizes
    )


def _in_tenths(size: int, unit: int, letter: str) -> str:
    if 0 < size * 10 < unit:
        return f"<0.1{letter}"
    return f"{size / unit:.1f}".removesuffix(".0") + letter if size else "0"
