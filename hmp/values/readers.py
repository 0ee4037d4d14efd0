"""The languages in which a property's value arrives, one reader each, with the reference's messages.

A reader turns text or JSON into a value of a declared kind; which kinds a property has is declared in `hmp.machine`.
"""

from __future__ import annotations

from hmp.errors import InputError
from hmp.grammar.numbers import LIMIT_64, OutOfRangeError, read_integer, read_range_list, read_size

BOOLEANS = {"on": True, "yes": True, "true": True, "y": True, "off": False, "no": False, "false": False, "n": False}
SIZE_HINTS = (
    "Optional suffix k, M, G, T, P or E means kilo-, mega-, giga-, tera-, peta-",
    "and exabytes, respectively.",
)


def not_accepted(key: str, value: str) -> InputError:
    """The message for a value that is none of an enumeration."""
    return InputError(f"Parameter '{key}' does not accept value '{value}'")


def wrong_type(key: str, expected: str) -> InputError:
    """The message for a value of the wrong JSON type."""
    return InputError(f"Invalid parameter type for '{key}', expected: {expected}")


def in_range(key: str, value: int, bits: int, signed: bool) -> int:
    """`value` if it fits the field, else the message that names the field's C type."""
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)
    if low <= value < high:
        return value
    raise InputError(f"Parameter '{key}' expects {'' if signed else 'u'}int{bits}_t")


class WordReader:
    """What all languages share: a word is a text, and an enumeration is one of a few words."""

    def text(self, key: str, raw: object) -> str:
        if not isinstance(raw, str):
            raise wrong_type(key, "string")
        return raw

    def enumeration(self, key: str, raw: object, choices: tuple[str, ...]) -> str:
        value = self.text(key, raw)
        if value not in choices:
            raise not_accepted(key, value)
        return value


class KeyValueReader(WordReader):
    """Texts of object_add, device_add and -machine: `size=1G`, `share=on`, `host-nodes.0=1`."""

    integer_message = "Parameter '{key}' expects integer"

    def text(self, key: str, raw: object) -> str:
        if not isinstance(raw, str):
            raise InputError(f"Parameters '{key}.*' are unexpected")
        return raw

    def boolean(self, key: str, raw: object) -> bool:
        value = BOOLEANS.get(self.text(key, raw))
        if value is None:
            raise InputError(f"Parameter '{key}' expects 'on' or 'off'")
        return value

    def size(self, key: str, raw: object) -> int:
        try:
            return read_size(self.text(key, raw))
        except ValueError:
            raise InputError(f"Parameter '{key}' expects size") from None

    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int:
        text = self.text(key, raw)
        try:
            value = read_integer(text)
        except ValueError:
            raise InputError(self.integer_message.format(key=key)) from None
        return in_range(key, value if signed else value % LIMIT_64, bits, signed)

    def node_list(self, key: str, raw: object) -> list[int]:
        if not isinstance(raw, list):
            raise wrong_type(key, "array")
        return [self._node(f"{key}.{index}", element) for index, element in enumerate(raw)]

    def _node(self, key: str, raw: object) -> int:
        return in_range("null", self.integer(key, raw, 64, False), 16, False)


class OptionReader(KeyValueReader):
    """Texts of -object and -numa at startup (spec/startup.md section 5); lists are given by repetition."""

    integer_message = "Parameter '{key}' expects a uint64 value"

    def text(self, key: str, raw: object) -> str:
        return str(raw[-1] if isinstance(raw, list) else raw)

    def size(self, key: str, raw: object) -> int:
        try:
            return read_size(self.text(key, raw))
        except ValueError:
            raise InputError(f"Parameter '{key}' expects a size value") from None

    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int:
        if "-" in self.text(key, raw):
            raise InputError(self.integer_message.format(key=key))
        return super().integer(key, raw, bits, signed)

    def node_list(self, key: str, raw: object) -> list[int]:
        numbers: list[int] = []
        for text in raw if isinstance(raw, list) else [raw]:
            try:
                numbers.extend(_one_range(str(text)))
            except ValueError:
                raise InputError(f"Parameter '{key}' expects a uint64 value or range") from None
        return [in_range("null", number % LIMIT_64, 16, False) for number in numbers]


class SettingReader(KeyValueReader):
    """The rest of a qom-set line (spec/monitor.md section 9)."""

    integer_message = "Parameter '{key}' expects uint64"

    def size(self, key: str, raw: object) -> int:
        text = self.text(key, raw)
        try:
            return read_size(text)
        except OutOfRangeError:
            raise InputError(f"Value '{text}' is out of range for parameter '{key}'") from None
        except ValueError:
            raise InputError(f"Parameter '{key}' expects a non-negative number below 2^64", *SIZE_HINTS) from None

    def node_list(self, key: str, raw: object) -> list[int]:
        try:
            return [in_range("null", number % LIMIT_64, 16, False) for number in read_range_list(self.text(key, raw))]
        except ValueError:
            raise InputError("Parameter 'null' expects list of uint64 values or ranges") from None


class JsonReader(WordReader):
    """JSON values, of object_add, the command line, qom-set -j and QMP."""

    def boolean(self, key: str, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise wrong_type(key, "boolean")
        return raw

    def size(self, key: str, raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool):
            raise InputError(f"Parameter '{key}' expects uint64")
        return raw % LIMIT_64

    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int:
        if signed and (not isinstance(raw, int) or isinstance(raw, bool) or raw >= LIMIT_64 // 2):
            raise wrong_type(key, "integer")
        value = raw if signed and isinstance(raw, int) else self.size(key, raw)
        return in_range(key, value, bits, signed)

    def node_list(self, key: str, raw: object) -> list[int]:
        if not isinstance(raw, list):
            raise wrong_type(key, "array")
        return [in_range("null", self.size(f"{key}[{i}]", element), 16, False) for i, element in enumerate(raw)]


def _one_range(text: str) -> list[int]:
    if "," in text:
        raise ValueError(text)
    return read_range_list(text)
