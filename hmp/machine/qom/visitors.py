"""The visitors: one for each notation of property values, with QEMU's messages."""

from __future__ import annotations

from hmp.errors import (
    BooleanValueError,
    ChoiceError,
    InvalidParameterError,
    NestedParameterError,
    ParameterError,
    ParameterTypeError,
    ParameterValueError,
    SizeValueError,
    UnexpectedParameterError,
)
from hmp.grammar.numbers import (
    OutOfRangeError,
    check_signed,
    parse_integer,
    parse_range_list,
    parse_size,
)
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
    """The number does not fit the C type of its field."""

    def __init__(self, parameter: str, value: int, bits: int, signed: bool) -> None:
        super().__init__(parameter, f"{'' if signed else 'u'}int{bits}_t")
        self.value, self.bits, self.signed = value, bits, signed


class SizeRangeError(SizeValueError):
    """The number of bytes is 2^64 or more."""

    def __init__(self, parameter: str, value: str) -> None:
        # Its message is not "expects ...", which the base class makes.
        ParameterError.__init__(
            self, parameter, f"Value '{value}' is out of range for parameter '{parameter}'"
        )
        self.expected, self.value = "size", value


def check_range(key: str, value: int, bits: int, signed: bool) -> int:
    """Return `value` if it fits the field; raise IntegerRangeError with the field's C type."""
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)
    if low <= value < high:
        return value
    raise IntegerRangeError(key, value, bits, signed)


def check_list_element(key: str, value: int) -> int:
    """Return a list element if it fits 16 bits; QEMU's message calls its parameter `null`."""
    try:
        return check_range("null", value, 16, False)
    except IntegerRangeError as error:
        error.parameter = key
        raise


class BaseVisitor:
    """What all notations share."""

    def text(self, key: str, raw: object) -> str:
        if not isinstance(raw, str):
            raise ParameterTypeError(key, "string")
        return raw

    def enumeration(self, key: str, raw: object, choices: tuple[str, ...]) -> str:
        value = self.text(key, raw)
        if value not in choices:
            raise ChoiceError(key, value)
        return value

    def number(self, key: str, raw: object) -> float:
        if isinstance(raw, bool) or not isinstance(raw, (int, float)):
            raise ParameterTypeError(key, "number")
        return float(raw)

    def element(self, key: str, index: int) -> str:
        """Return the name of an element of a list."""
        return f"{key}[{index}]"

    def unexpected(self, key: str, raw: object) -> ParameterError:
        """Return the error for a member that is left over."""
        return UnexpectedParameterError(key)


class KeyvalVisitor(BaseVisitor):
    """Text of object_add, device_add and -machine: `size=1G`, `share=on`, `host-nodes.0=1`
    (docs/qemu-behaviour/backends.md §5).
    """

    expected_integer = "integer"

    def text(self, key: str, raw: object) -> str:
        if not isinstance(raw, str):
            raise NestedParameterError(key)
        return raw

    def number(self, key: str, raw: object) -> float:
        text = self.text(key, raw)
        try:
            return float(text)
        except ValueError:
            raise ParameterTypeError(key, "number") from None

    def element(self, key: str, index: int) -> str:
        return f"{key}.{index}"

    def unexpected(self, key: str, raw: object) -> ParameterError:
        nested = isinstance(raw, (dict, list))
        return NestedParameterError(key) if nested else UnexpectedParameterError(key)

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
            if signed:
                check_signed(value)
        except ValueError:
            raise ParameterValueError(key, self._expected(signed)) from None
        # QEMU reads fields of any width with 64 bits, unsigned ones so that -m means 2^64-m, and
        # checks the width then (docs/qemu-behaviour/backends.md §5).
        if signed and not -U64 // 2 <= value < U64 // 2:
            raise ParameterValueError(key, self._expected(signed))
        return check_range(key, value if signed else value % U64, bits, signed)

    def _expected(self, signed: bool) -> str:
        return self.expected_integer

    def node_list(self, key: str, raw: object) -> list[int]:
        if not isinstance(raw, list):
            raise ParameterTypeError(key, "array")
        return [self._node(self.element(key, index), element) for index, element in enumerate(raw)]

    def _node(self, key: str, raw: object) -> int:
        return check_list_element(key, self.integer(key, raw, 64, False))


class OptsVisitor(KeyvalVisitor):
    """Text of -object and -numa at startup, where a repeated key is a list
    (docs/qemu-behaviour/startup.md §5).
    """

    def text(self, key: str, raw: object) -> str:
        # Of a repeated key that is no list, the last one counts.
        return str(raw[-1] if isinstance(raw, list) else raw)

    def size(self, key: str, raw: object) -> int:
        try:
            return parse_size(self.text(key, raw))
        except ValueError:
            raise SizeValueError(key, "a size value") from None

    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int:
        text = self.text(key, raw)
        expected = "an int64 value" if signed else "a uint64 value"
        # The parser of numbers without a sign takes no minus (docs/qemu-behaviour/backends.md §10).
        if "-" in text and not signed:
            raise ParameterValueError(key, expected)
        try:
            value = parse_integer(text)
            if signed:
                check_signed(value)
        except ValueError:
            raise ParameterValueError(key, expected) from None
        return check_range(key, value if signed else value % U64, bits, signed)

    def unexpected(self, key: str, raw: object) -> ParameterError:
        return InvalidParameterError(key)

    def node_list(self, key: str, raw: object) -> list[int]:
        numbers: list[int] = []
        for text in raw if isinstance(raw, list) else [raw]:
            try:
                numbers.extend(_one_range(str(text)))
            except ValueError:
                raise ParameterValueError(key, "a uint64 value or range") from None
        return [check_list_element(key, number % U64) for number in numbers]


class StringInputVisitor(KeyvalVisitor):
    """The value of qom-set, the rest of the line (docs/qemu-behaviour/monitor.md §9)."""

    def _expected(self, signed: bool) -> str:
        return "int64" if signed else "uint64"

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
        return [check_list_element(key, number % U64) for number in numbers]


class QObjectVisitor(BaseVisitor):
    """JSON values of object_add, the command line, qom-set -j and QMP."""

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
        return check_range(key, raw if signed else raw % U64, bits, signed)

    def node_list(self, key: str, raw: object) -> list[int]:
        if not isinstance(raw, list):
            raise ParameterTypeError(key, "array")
        return [self._node(self.element(key, index), element) for index, element in enumerate(raw)]

    def _node(self, key: str, raw: object) -> int:
        return check_list_element(key, self.integer(key, raw, 64, False))


def _one_range(text: str) -> list[int]:
    # Each occurrence of the key is one number or range; qom-set's lists have commas.
    if "," in text:
        raise ValueError(text)
    return parse_range_list(text)
