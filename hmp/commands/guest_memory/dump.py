"""Formats values and memory dumps as text (docs/qemu-behaviour/monitor.md §5-7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from hmp.grammar.nodes import Format
from hmp.machine.progress import report_progress
from hmp.units import PAGE_SIZE, U32, U64

# Columns for the largest value of so many bytes, by which QEMU aligns.
OCTAL_WIDTH = {1: 3, 2: 6, 4: 11, 8: 22}
DECIMAL_WIDTH = {1: 3, 2: 5, 4: 10, 8: 20}
PART_LINES = 256
ZEROS = bytes(PAGE_SIZE)
ESCAPED = {"'": "'\\''", "\\": "'\\\\'", "\n": "'\\n'", "\r": "'\\r'"}


def format_character(value: int) -> str:
    """Return the character notation of a value, cut to 32 bits."""
    value %= U32
    if value < 128 and chr(value) in ESCAPED:
        return ESCAPED[chr(value)]
    return f"'{chr(value)}'" if 32 <= value <= 126 else f"'\\x{value:02x}'"


def print_value(letter: str, value: int) -> str:
    """Return a signed 64-bit value as `print` shows it."""
    unsigned = value % U64
    if letter == "x":
        return f"0x{unsigned:x}" if unsigned else "0"
    if letter == "o":
        return f"0{unsigned:o}" if unsigned else "0"
    if letter == "c":
        return format_character(unsigned)
    return str(unsigned if letter == "u" else value)


def format_element(letter: str, size: int, raw: bytes) -> str:
    """Return one element of a dump, `size` bytes wide, from little-endian bytes."""
    value = int.from_bytes(raw, "little")
    if letter == "x":
        return f"0x{value:0{2 * size}x}"
    if letter == "o":
        return f"0{value:>{OCTAL_WIDTH[size]}o}"
    if letter == "c":
        return format_character(value)
    # Smaller elements are unsigned also for `d` (docs/qemu-behaviour/monitor.md §6).
    if letter == "d" and size == 8:
        value = int.from_bytes(raw, "little", signed=True)
    return f"{value:>{DECIMAL_WIDTH[size]}}"


def format_dump(
    shape: Format, addr: int, digits: int, read: Callable[[int, int], bytes | None]
) -> Iterator[str]:
    """Yield a dump of count × size bytes from `addr`, up to the first line that can't be read, in
    parts of PART_LINES lines.

    `read` takes an address and a number of bytes; `digits` is the width of the addresses.
    """
    # QEMU counts in a C int, which wraps around (docs/qemu-behaviour/monitor.md §6).
    total = (shape.repeat * shape.size + U32 // 2) % U32 - U32 // 2
    # With `c` elements are bytes, but total and lines are those of the size in the format.
    size = 1 if shape.letter == "c" else shape.size
    per_line = 8 if shape.size == 1 else 16
    lines: list[str] = []
    for at in range(0, total, per_line):
        where = (addr + at) % U64
        data = read(where, min(per_line, total - at))
        if data is None:
            lines.append(f"{where:0{digits}x}: Cannot access memory\n")
            break
        if len(lines) == PART_LINES:
            report_progress(at, total)
            yield "".join(lines)
            lines.clear()
        cells = (
            " " + format_element(shape.letter, size, data[i : i + size])
            for i in range(0, len(data), size)
        )
        lines.append(f"{where:0{digits}x}:{''.join(cells)}\n")
    yield "".join(lines)


@cache
def _rotated() -> list[int]:
    """Return what each value rotated right in 16 bits is; a table is twice as fast as arithmetic.

    Those up to 255 too large, to which a byte was added, wrap around.
    """
    values = [value >> 1 | (value & 1) << 15 for value in range(1 << 16)]
    return [*values, *values[:255]]


def update_checksum(total: int, data: bytes) -> int:
    """Continue a 16-bit rotating sum over some bytes (docs/qemu-behaviour/monitor.md §7)."""
    for at in range(0, len(data), len(ZEROS)):
        piece = data[at : at + len(ZEROS)]
        if piece == ZEROS:
            # Most memory of a guest is zeros, which bring the 16 bits around to where they were.
            continue
        rotated = _rotated()
        for byte in piece:
            total = rotated[total] + byte
    return total & 0xFFFF
