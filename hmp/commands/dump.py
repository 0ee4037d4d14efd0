"""How values and memory dumps look (docs/qemu-behaviour/monitor.md §5-7).

Pure functions from numbers and bytes to text; nothing is read here.
"""

from __future__ import annotations

from collections.abc import Callable

from hmp.grammar.nodes import Format

U64 = 1 << 64
OCTAL_WIDTH = {1: 3, 2: 6, 4: 11, 8: 22}
DECIMAL_WIDTH = {1: 3, 2: 5, 4: 10, 8: 20}
ESCAPED = {"'": "'\\''", "\\": "'\\\\'", "\n": "'\\n'", "\r": "'\\r'"}


def format_character(value: int) -> str:
    """Character notation of a value cut to 32 bits."""
    value %= 1 << 32
    if value < 128 and chr(value) in ESCAPED:
        return ESCAPED[chr(value)]
    return f"'{chr(value)}'" if 32 <= value <= 126 else f"'\\x{value:02x}'"


def print_value(letter: str, value: int) -> str:
    """A signed 64-bit value as `print` shows it."""
    unsigned = value % U64
    if letter == "x":
        return f"0x{unsigned:x}" if unsigned else "0"
    if letter == "o":
        return f"0{unsigned:o}" if unsigned else "0"
    if letter == "c":
        return format_character(unsigned)
    return str(unsigned if letter == "u" else value)


def format_element(letter: str, size: int, raw: bytes) -> str:
    """One element of a dump, `size` bytes wide, little endian."""
    value = int.from_bytes(raw, "little")
    if letter == "x":
        return f"0x{value:0{2 * size}x}"
    if letter == "o":
        return f"0{value:>{OCTAL_WIDTH[size]}o}"
    if letter == "c":
        return format_character(value)
    if letter == "d" and size == 8:
        value = int.from_bytes(raw, "little", signed=True)
    return f"{value:>{DECIMAL_WIDTH[size]}}"


def format_dump(
    shape: Format, addr: int, digits: int, read: Callable[[int, int], bytes | None]
) -> str:
    """A dump of count × size bytes from `addr`; ends at the first line that can't be read whole."""
    total = (shape.repeat * shape.size + (1 << 31)) % (1 << 32) - (1 << 31)
    size = 1 if shape.letter == "c" else shape.size
    per_line = 8 if shape.size == 1 else 16
    lines: list[str] = []
    for at in range(0, total, per_line):
        where = (addr + at) % U64
        data = read(where, min(per_line, total - at))
        if data is None:
            lines.append(f"{where:0{digits}x}: Cannot access memory\n")
            break
        cells = (
            " " + format_element(shape.letter, size, data[i : i + size])
            for i in range(0, len(data), size)
        )
        lines.append(f"{where:0{digits}x}:{''.join(cells)}\n")
    return "".join(lines)


def update_checksum(total: int, data: bytes) -> int:
    """Continue the 16-bit rotating sum over some bytes; runs of zeros only rotate, so they cost
    nothing.
    """
    if data.count(0) != len(data):
        for byte in data:
            total = ((total >> 1 | total << 15) + byte) & 0xFFFF
        return total
    turn = len(data) % 16
    return (total >> turn | total << 16 - turn) & 0xFFFF
