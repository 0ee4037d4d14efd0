"""The languages in which a property's value arrives, one reader each, with the reference's
messages.

A reader turns text or JSON into a value of a declared kind; which kinds a property has is declared
in `hmp.machine`.
"""

from __future__ import annotations

from hmp.errors import (
    BooleanValueError,
    ChoiceError,
    NestedParameterError,
    ParameterError,
    ParameterTypeError,
    ParameterValueError,
    SizeValueError,
)
from hmp.grammar.numbers import OutOfRangeError, parse_integer, parse_range_list, parse_size
from hmp.units import U64

BOOLEANS = {
    "on": True,
    "yes": True,
    "true": True,
    "y": True,
    "off": False,
    "no": False,
    "false": False,
    "n": False,
}
SIZE_HINTS = (
    "Optional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-",
    "and exabytes, respectively.",
)


class IntegerRangeError(ParameterValueError):
    """A number that does not fit the C type of its field."""

    def __init__(self, parameter: str, value: int, bits: int, signed: bool) -> None:
        super().__init__(parameter, f"{'' if signed else 'u'}int{bits}_t")
        self.value, self.bits, self.signed = value, bits, signed


class SizeRangeError(SizeValueError):
    """A number of bytes that is 2^64 or more."""

    def __init__(self, parameter: str, value: str) -> None:
        ParameterError.__init__(
            self, parameter, f"Value '{value}' is out of range for parameter '{parameter}'"
        )
        self.expected, self.value = "size", value


def in_range(key: str, value: int, bits: int, signed: bool) -> int:
    """`value` if it fits the field, else an error that names the field's C type."""
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)
    if low <= value < high:
        return value
    raise IntegerRangeError(key, value, bits, signed)


def list_number(key: str, value: int) -> int:
    """A number of a list below 2^16; the sentence for any other calls its parameter `null`."""
    try:
        return in_range("null", value, 16, False)
    except IntegerRangeError as error:
        error.parameter = key
        raise


class BaseVisitor:
    """What all languages share: a word is a text, and an enumeration is one of a few words."""

    def text(self, key: str, raw: object) -> str:
        if not isinstance(raw, str):
            raise ParameterTypeError(key, "string")
        return raw

    def enumeration(self, key: str, raw: object, choices: tuple[str, ...]) -> str:
        value = self.text(key, raw)
        if value not in choices:
            raise ChoiceError(key, value)
        return value


class KeyvalVisitor(BaseVisitor):
    """Texts of object_add, device_add and -machine: `size=1G`, `share=on`, `host-nodes.0=1`."""

    integer_wanted = "integer"

    def text(self, key: str, raw: object) -> str:
        if not isinstance(raw, str):
            raise NestedParameterError(key)
        return raw

    def boolean(self, key: str, raw: object) -> bool:
        value = BOOLEANS.get(self.text(key, raw))
        if value is None:
            raise BooleanValueError(key)
        return value

    def size(self, key: str, raw: object) -> int:
        try:
            return parse_size(self.text(key, raw))
        except ValueError:
            raise SizeValueError(key, "size") from None

    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int:
        text = self.text(key, raw)
        try:
            value = parse_integer(text)
        except ValueError:
            raise ParameterValueError(key, self.integer_wanted) from None
        return in_range(key, value if signed else value % U64, bits, signed)

    def node_list(self, key: str, raw: object) -> list[int]:
        if not isinstance(raw, list):
            raise ParameterTypeError(key, "array")
        return [self._node(f"{key}.{index}", element) for index, element in enumerate(raw)]

    def _node(self, key: str, raw: object) -> int:
        return list_number(key, self.integer(key, raw, 64, False))


class OptsVisitor(KeyvalVisitor):
    """Texts of -object and -numa at startup (docs/qemu-behaviour/startup.md §5); lists are given by
    repetition.
    """

    integer_wanted = "a uint64 value"

    def text(self, key: str, raw: object) -> str:
        return str(raw[-1] if isinstance(raw, list) else raw)

    def size(self, key: str, raw: object) -> int:
        try:
            return parse_size(self.text(key, raw))
        except ValueError:
            raise SizeValueError(key, "a size value") from None

    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int:
        if "-" in self.text(key, raw):
            raise ParameterValueError(key, self.integer_wanted)
        return super().integer(key, raw, bits, signed)

    def node_list(self, key: str, raw: object) -> list[int]:
        numbers: list[int] = []
        for text in raw if isinstance(raw, list) else [raw]:
            try:
                numbers.extend(_one_range(str(text)))
            except ValueError:
                raise ParameterValueError(key, "a uint64 value or range") from None
        return [list_number(key, number % U64) for number in numbers]


class StringInputVisitor(KeyvalVisitor):
    """The rest of a qom-set line (docs/qemu-behaviour/monitor.md §9)."""

    integer_wanted = "uint64"

    def size(self, key: str, raw: object) -> int:
        text = self.text(key, raw)
        try:
            return parse_size(text)
        except OutOfRangeError:
            raise SizeRangeError(key, text) from None
        except ValueError:
            raise SizeValueError(key, "a non-negative number below 2^64", *SIZE_HINTS) from None

    def node_list(self, key: str, raw: object) -> list[int]:
        try:
            numbers = parse_range_list(self.text(key, raw))
        except ValueError:
            error = ParameterValueError("null", "list of uint64 values or ranges")
            error.parameter = key
            raise error from None
        return [list_number(key, number % U64) for number in numbers]


class QObjectVisitor(BaseVisitor):
    """JSON values, of object_add, the command line, qom-set -j and QMP."""

    def boolean(self, key: str, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise ParameterTypeError(key, "boolean")
        return raw

    def size(self, key: str, raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise SizeValueError(key, "uint64")
        return raw % U64

    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or (signed and raw >= U64 // 2):
            raise (
                ParameterTypeError(key, "integer") if signed else ParameterValueError(key, "uint64")
            )
        return in_range(key, raw if signed else raw % U64, bits, signed)

    def node_list(self, key: str, raw: object) -> list[int]:
        if not isinstance(raw, list):
            raise ParameterTypeError(key, "array")
        return [self._node(f"{key}[{index}]", element) for index, element in enumerate(raw)]

    def _node(self, key: str, raw: object) -> int:
        return list_number(key, self.integer(key, raw, 64, False))


def _one_range(text: str) -> list[int]:
    if "," in text:
        raise ValueError(text)
    return parse_range_list(text)
