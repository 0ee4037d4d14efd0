"""The `/fmt` of print, x, xp, i and o (spec/monitor.md section 5).

Only reading lives here; what was remembered from earlier commands belongs to the monitor.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import InputError
from hmp.grammar import tokens, words

SIZES = {"b": 1, "h": 2, "w": 4, "g": 8, "L": 8}
FORMATS = "xduoci"


class Format(NamedTuple):
    """What a `/fmt` says: count, and the format letter and element size in bytes, empty and 0 when it is silent."""

    repeat: int = 1
    letter: str = ""
    size: int = 0


def read_format(line: str, at: int) -> tuple[Format, int]:
    """An optional format at `at` and the offset after it; InputError for a letter that is none."""
    start = words.skip_blanks(line, at)
    if line[start : start + 1] != "/":
        return Format(), at
    found = tokens.match(tokens.FORMAT_COUNT, line, start + 1)
    end = found.end() if found else start + 1
    count = _wrapped(int(line[start + 1 : end])) if end > start + 1 else 1
    letter, size = "", 0
    while end < len(line) and line[end] not in " \t\n\v\f\r":
        octet = line[end]
        if octet in FORMATS:
            letter = octet
        elif octet in SIZES:
            size = SIZES[octet]
        else:
            raise InputError(f"invalid char in format: '{octet}'", span=(end, end + 1))
        end += 1
    return Format(count, letter, size), end


def _wrapped(count: int) -> int:
    return (count + (1 << 31)) % (1 << 32) - (1 << 31)
