"""Sizes and integers as the reference reads them (spec/backends.md section 5, spec/startup.md section 5).

Only the arithmetic of the notations lives here; which message a bad one gives is the business of `hmp.values`.
"""

from __future__ import annotations

from hmp.grammar import tokens

LIMIT_64 = 1 << 64
UNITS = {"": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50, "e": 60}


class OutOfRangeError(ValueError):
    """The notation is right and the value does not fit 64 bits."""


def read_integer(text: str) -> int:
    """A C integer (blanks, sign, 0x, 0b, leading-0 octal, decimal), whole text; ValueError or OutOfRangeError.

    The magnitude is below 2^64; a negative value is returned as such, and wraps where it is used.
    """
    found = tokens.full(tokens.BLANKS + tokens.SIGNED_INTEGER, text)
    if found is None:
        raise ValueError(text)
    magnitude = read_number(found["digits"])
    if magnitude >= LIMIT_64:
        raise OutOfRangeError(text)
    return -magnitude if found["sign"] == "-" else magnitude


def read_number(digits: str) -> int:
    """The value of an unsigned C number token."""
    prefix = digits[:2].lower()
    if prefix == "0x":
        return int(digits[2:], 16)
    if prefix == "0b":
        return int(digits[2:], 2)
    return int(digits, 8) if digits[0] == "0" else int(digits)


def read_size(text: str) -> int:
    """Bytes of a size text such as `1G`, `.5k` or `0x200000`; ValueError, OutOfRangeError beyond 64 bits."""
    body = text.lstrip(" \t\n\v\f\r")
    if tokens.full(tokens.NEGATIVE_SIZE, body):
        raise OutOfRangeError(text)
    hexadecimal = tokens.full(tokens.HEX_SIZE, body)
    if hexadecimal:
        return _in_range(int(hexadecimal["hex"], 16), text)
    found = tokens.full(tokens.DECIMAL_SIZE, body)
    if found is None or not (found["whole"] or (found["fraction"] or ".") != "."):
        raise ValueError(text)
    whole, fraction, unit = int(found["whole"] or "0"), found["fraction"], UNITS[found["unit"].lower()]
    if whole >= LIMIT_64 and (fraction or found["unit"]):
        raise ValueError(text)
    return _in_range(_scaled(whole, fraction, unit, text), text)


def _scaled(whole: int, fraction: str | None, unit: int, text: str) -> int:
    part = float("0" + fraction) if fraction and fraction != "." else 0.0
    if part >= 1.0:
        whole, part = whole + 1, 0.0
    fixed = int(part * LIMIT_64)
    if fraction and not fixed and part == 0.0 and fraction.strip(".0"):
        fixed = 0 if whole else 1
    if fixed and unit == 0:
        raise ValueError(text)
    return (((whole << 64) + fixed << unit) + (1 << 63)) >> 64


def _in_range(value: int, text: str) -> int:
    if value >= LIMIT_64:
        raise OutOfRangeError(text)
    return value


def read_range_list(text: str) -> list[int]:
    """Numbers of a list such as `0,2-4,` (spec/monitor.md section 9, host-nodes); ValueError when it is none."""
    numbers: list[int] = []
    items = text.split(",")
    if len(items) > 1 and not items[-1]:
        items.pop()
    for item in items:
        found = tokens.full(rf"{tokens.BLANKS}([+-]?(?:{tokens.NUMBER}))(?:-{tokens.BLANKS}({tokens.NUMBER}))?", item)
        if found is None:
            raise ValueError(text)
        first = read_integer(found[1])
        last = read_number(found[2]) if found[2] else first
        if last < first or last - first >= 65536:
            raise ValueError(text)
        numbers.extend(range(first, last + 1))
    return numbers
