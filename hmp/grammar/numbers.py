"""Sizes and integers as QEMU parses them (docs/qemu-behaviour/backends.md §5,
docs/qemu-behaviour/startup.md §5); the visitors turn the errors into QEMU's messages.
"""

from __future__ import annotations

from hmp.errors import ParameterError, ParameterValueError
from hmp.grammar import terminals
from hmp.units import U64

MAX_U64_DIGITS = len(str(U64))
UNITS = {"": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50, "e": 60}


class OutOfRangeError(ValueError):
    """The notation is right and the value does not fit 64 bits."""


def parse_integer(text: str) -> int:
    """Parse a C integer (blanks, sign, 0x, 0b, octal with a leading 0, or decimal).

    Raises:
        ValueError: The text is no integer.
        OutOfRangeError: Its magnitude does not fit 64 bits.
    """
    found = terminals.fullmatch(terminals.SIGNED_INTEGER, text)
    if found is None:
        raise ValueError(text)
    magnitude = parse_number(found["digits"])
    if magnitude >= U64:
        raise OutOfRangeError(text)
    return -magnitude if found["sign"] == "-" else magnitude


def check_signed(value: int) -> None:
    """Raise OutOfRangeError when a number does not fit a signed integer of 64 bits."""
    if not -(U64 // 2) <= value < U64 // 2:
        raise OutOfRangeError(str(value))


def parse_option_number(key: str, text: str) -> int:
    """Return a number of an option list; a negative one wraps around.

    Raises:
        ParameterError: It is no number, or has more than 64 bits.
    """
    try:
        return parse_integer(text) % U64
    except OutOfRangeError:
        raise ParameterError(key, f"Value '{text}' is too large for parameter '{key}'") from None
    except ValueError:
        raise ParameterValueError(key, "a number") from None


def parse_number(digits: str) -> int:
    """Return the value of an unsigned C number; one that is too large may be cut to 2^64."""
    prefix = digits[:2].lower()
    if prefix == "0x":
        return int(digits[2:], 16)
    if prefix == "0b":
        return int(digits[2:], 2)
    if digits[0] == "0":
        return int(digits, 8)
    return parse_decimal(digits)


def parse_decimal(digits: str) -> int:
    """Return the value of decimal digits; one that is too large may be cut to 2^64."""
    # int() rejects more than 4300 digits, unless the base is a power of two.
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= MAX_U64_DIGITS else U64


def parse_size(text: str) -> int:
    """Return the bytes of a size such as `1G`, `.5k` or `0x200000`.

    Raises:
        ValueError: The text is no size.
        OutOfRangeError: It is negative or does not fit 64 bits.
    """
    # Out of range is a negative number alone; one with a suffix is malformed, as `-3M`
    # (docs/qemu-behaviour/startup.md §5).
    if terminals.fullmatch(terminals.NEGATIVE_SIZE, text):
        raise OutOfRangeError(text)
    found = terminals.fullmatch(terminals.SIZE, text)
    if found is None:
        raise ValueError(text)
    if found["hex"]:
        return _in_range(int(found["hex"], 16), text)
    whole, fraction, unit = (
        parse_decimal(found["whole"] or "0"),
        found["fraction"],
        UNITS[found["unit"].lower()],
    )
    # Too many digits are out of range only if nothing follows them
    # (docs/qemu-behaviour/startup.md §5).
    if whole >= U64 and (fraction or found["unit"]):
        raise ValueError(text)
    return _in_range(_scaled(whole, fraction, unit, text), text)


def parse_mebibytes(text: str) -> int:
    """Return the bytes of a size such as `1.5` or `0x10`, whose number counts MiB without a unit.

    Raises:
        ValueError: It does not fit 63 bits.
    """
    if text[:2].lower() == "0x":
        size = int(text, 16) << UNITS["m"]
    else:
        size = parse_size(text if text[-1].lower() in UNITS else f"{text}M")
    if size >= 1 << 63:
        raise OutOfRangeError(text)
    return size


def parse_frequency(text: str) -> int:
    """Return the Hertz of a frequency such as `1.5G`: as a size, in powers of 1000.

    Raises:
        ValueError: The text is no frequency, or its value does not fit 63 bits.
    """
    found = terminals.fullmatch(terminals.SIZE, text)
    if found is None:
        raise ValueError(text)
    if found["hex"]:
        return int(found["hex"], 16)
    power = UNITS[found["unit"].lower()] // 10
    value = int(float(f"{found['whole'] or 0}{found['fraction'] or ''}") * 1000**power)
    if value >= U64 // 2:
        raise ValueError(text)
    return value


def _scaled(whole: int, fraction: str | None, unit: int, text: str) -> int:
    """Return the bytes as QEMU rounds them (docs/qemu-behaviour/backends.md §5).

    The fraction is a double; then follow integers alone, in units of 2^-64 bytes.
    """
    part = float("0" + fraction) if fraction and fraction != "." else 0.0
    # A double rounds enough nines to 1.0.
    if part >= 1.0:
        whole, part = whole + 1, 0.0
    fixed = int(part * U64)
    if fraction and not fixed and part == 0.0 and fraction.strip(".0"):
        fixed = 0 if whole else 1
    if fixed and unit == 0:
        raise ValueError(text)
    return (((whole << 64) + fixed << unit) + (1 << 63)) >> 64


def _in_range(value: int, text: str) -> int:
    if value >= U64:
        raise OutOfRangeError(text)
    return value


def parse_range_list(text: str) -> list[int]:
    """Return the numbers of a list such as `0,2-4,` (docs/qemu-behaviour/monitor.md §9).

    Raises:
        ValueError: The text is no such list.
    """
    numbers: list[int] = []
    items = text.split(",")
    if len(items) > 1 and not items[-1]:
        items.pop()
    for item in items:
        found = terminals.fullmatch(terminals.INTEGER_RANGE, item)
        if found is None:
            raise ValueError(text)
        first = parse_integer(found["first"])
        last = parse_number(found["last"]) if found["last"] else first
        if last < first or last - first >= 65536:
            raise ValueError(text)
        numbers.extend(range(first, last + 1))
    return numbers
