"""Sizes as people say them: `1.5G`, `512M`, `3K`.

Reading sizes belongs to the grammar; here they are only written.
"""

from __future__ import annotations

UNITS = ((1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K"))


def format_size(size: int) -> str:
    """The shortest text that the monitor reads as exactly `size` bytes."""
    for unit, letter in UNITS:
        if size >= unit and size * 4 % unit == 0:
            whole, quarters = divmod(size * 4 // unit, 4)
            return f"{whole}{('', '.25', '.5', '.75')[quarters]}{letter}"
    return str(size)


def format_size_approx(size: int) -> str:
    """About `size` bytes, with at most one digit after the point."""
    for unit, letter in UNITS:
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + letter
    return f"{size}B" if size else "0"
