"""The parameters of migration: they are checked, and nothing reads them
(docs/qemu-behaviour/qmp.md §C).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from hmp.errors import InputError, ParameterError
from hmp.grammar.numbers import parse_mebibytes
from hmp.machine.qom.visitors import StringInputVisitor, check_range
from hmp.units import PAGE_SIZE, U64

DEFAULTS: dict[str, Any] = {
    "announce-initial": 50,
    "announce-max": 550,
    "announce-rounds": 5,
    "announce-step": 100,
    "avail-switchover-bandwidth": 0,
    "cpr-exec-command": [],
    "cpu-throttle-increment": 10,
    "cpu-throttle-initial": 20,
    "cpu-throttle-tailslow": False,
    "direct-io": False,
    "downtime-limit": 300,
    "max-bandwidth": 134217728,
    "max-cpu-throttle": 99,
    "max-postcopy-bandwidth": 0,
    "mode": "normal",
    "multifd-channels": 2,
    "multifd-compression": "none",
    "multifd-qatzip-level": 1,
    "multifd-zlib-level": 1,
    "multifd-zstd-level": 1,
    "throttle-trigger-threshold": 50,
    "tls-authz": "",
    "tls-creds": "",
    "tls-hostname": "",
    "vcpu-dirty-limit": 1,
    "x-checkpoint-delay": 20000,
    "x-rdma-chunk-size": 1048576,
    "x-vcpu-dirty-limit-period": 1000,
    "xbzrle-cache-size": 67108864,
    "zero-page-detection": "multifd",
}
_CHOICES = {
    "mode": ("normal", "cpr-reboot", "cpr-transfer", "cpr-exec"),
    "multifd-compression": ("none", "zlib", "zstd"),
    "zero-page-detection": ("none", "legacy", "multifd"),
}
_MAPPING = "block-bitmap-mapping"
_BYTES = (
    *("cpu-throttle-initial", "cpu-throttle-increment", "max-cpu-throttle"),
    *("throttle-trigger-threshold", "multifd-channels", "multifd-qatzip-level"),
    *("multifd-zlib-level", "multifd-zstd-level"),
)
_PERCENT = "an integer in the range of 1 to 99"
# The least, the most, and what the message says; in QEMU's order (experiment: all of them wrong).
_RANGES = {
    "throttle-trigger-threshold": (1, 100, "an integer in the range of 1 to 100"),
    "cpu-throttle-initial": (1, 99, _PERCENT),
    "cpu-throttle-increment": (1, 99, _PERCENT),
    "downtime-limit": (0, 2_000_000, "an integer in the range of 0 to (2000 * 1000) ms"),
    "multifd-channels": (1, 255, "a value between 1 and 255"),
    "multifd-zlib-level": (0, 9, "a value between 0 and 9"),
    "multifd-qatzip-level": (1, 9, "a value between 1 and 9"),
    "multifd-zstd-level": (0, 20, "a value between 0 and 20"),
}
_LATER_RANGES = {
    "announce-initial": (0, 100_000, "a value between 0 and 100000"),
    "announce-max": (0, 100_000, "a value between 0 and 100000"),
    "announce-rounds": (0, 1000, "a value between 0 and 1000"),
    "announce-step": (1, 10_000, "a value between 0 and 10000"),
}
_LAST_RANGES = {"x-vcpu-dirty-limit-period": (1, 1000, "a value between 1 and 1000")}
_MIN_CHUNK, _MAX_CHUNK = 1 << 20, 1 << 30
# The order and the units of `info migrate_parameters`.
_SHOWN = {
    "announce-initial": "{} ms",
    "announce-max": "{} ms",
    "announce-rounds": "{}",
    "announce-step": "{} ms",
    "throttle-trigger-threshold": "{}",
    "cpu-throttle-initial": "{}",
    "cpu-throttle-increment": "{}",
    "cpu-throttle-tailslow": "{}",
    "max-cpu-throttle": "{}",
    "tls-creds": "'{}'",
    "tls-hostname": "'{}'",
    "tls-authz": "'{}'",
    "max-bandwidth": "{} bytes/second",
    "avail-switchover-bandwidth": "{} bytes/second",
    "max-postcopy-bandwidth": "{} bytes/second",
    "downtime-limit": "{} ms",
    "x-checkpoint-delay": "{} ms",
    "multifd-channels": "{}",
    "multifd-compression": "{}",
    "zero-page-detection": "{}",
    "xbzrle-cache-size": "{} bytes",
    _MAPPING: "",
    "x-vcpu-dirty-limit-period": "{} ms",
    "vcpu-dirty-limit": "{} MB/s",
    "mode": "{}",
    "direct-io": "{}",
    "x-rdma-chunk-size": "{} bytes",
}


class OptionValueError(ParameterError):
    """A value is not what the parameter takes."""

    def __init__(self, parameter: str, expected: str, name: str = "") -> None:
        super().__init__(parameter, f"Option {name or parameter} expects {expected}")
        self.expected = expected


def parse_parameter(name: str, text: str) -> object:
    """Return the value of a parameter that is given as text.

    Raises:
        InputError: There is no such parameter, or the text is no value of its type.
    """
    if name == _MAPPING:
        raise InputError(f"The {_MAPPING} parameter can only be set through QMP")
    if name not in DEFAULTS:
        raise InputError(f"invalid parameter value: {name}")
    return _PARSERS.get(name, _parse_size)(name, text)


def normalized(given: dict[str, Any]) -> dict[str, Any]:
    """Return values as QMP's fields hold them: an empty text for null, and unsigned numbers.

    Raises:
        IntegerRangeError: A number does not fit its field.
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            value = ""
        elif isinstance(value, int) and not isinstance(value, bool):
            bits = 8 if name in _BYTES else 32 if name == "x-checkpoint-delay" else 64
            value = check_range(name, value % U64, bits, signed=False)
        found[name] = value
    return found


def check_parameters(values: dict[str, Any]) -> None:
    """Raise the first error of a whole set of values; ParameterError."""
    _check_ranges(values, _RANGES)
    cache = values["xbzrle-cache-size"]
    if cache < PAGE_SIZE or cache & cache - 1:
        expected = "a power of two no less than the target page size"
        raise OptionValueError("xbzrle-cache-size", expected)
    if not values["cpu-throttle-initial"] <= values["max-cpu-throttle"] <= 99:
        expected = "an integer in the range of cpu-throttle-initial to 99"
        raise OptionValueError("max-cpu-throttle", expected)
    _check_ranges(values, _LATER_RANGES)
    _check_mapping(values.get(_MAPPING, []))
    if values["vcpu-dirty-limit"] < 1:
        name = "vcpu-dirty-limit"
        raise ParameterError(name, f"Parameter '{name}' must be greater than 1 MB/s")
    _check_ranges(values, _LAST_RANGES)
    chunk = values["x-rdma-chunk-size"]
    if not _MIN_CHUNK <= chunk <= _MAX_CHUNK or chunk & chunk - 1:
        expected = "a power of 2 in the range 1MiB to 1024MiB"
        raise OptionValueError("x-rdma-chunk-size", expected, "x_rdma_chunk_size")


def _check_ranges(values: dict[str, Any], ranges: dict[str, tuple[int, int, str]]) -> None:
    for name, (least, most, expected) in ranges.items():
        if not least <= values[name] <= most:
            raise OptionValueError(name, expected)


def _check_mapping(mapping: list[dict[str, Any]]) -> None:
    """Raise ParameterError when two nodes, or two bitmaps of one, have a name in common."""
    wrong = f"Invalid mapping given for {_MAPPING}: "
    nodes, aliases = set[str](), set[str]()
    for node in mapping:
        if node["node-name"] in nodes:
            raise ParameterError(
                _MAPPING, f"{wrong}The node name '{node['node-name']}' is mapped twice"
            )
        if node["alias"] in aliases:
            raise ParameterError(_MAPPING, f"{wrong}The node alias '{node['alias']}' is used twice")
        nodes.add(node["node-name"])
        aliases.add(node["alias"])


def describe_parameters(values: dict[str, Any]) -> str:
    """Return the lines of `info migrate_parameters`."""
    lines: list[str] = []
    for name, form in _SHOWN.items():
        value = values.get(name)
        if name == _MAPPING:
            lines += _mapping_lines(value)
        elif isinstance(value, bool):
            lines.append(f"{name}: {'on' if value else 'off'}")
        else:
            lines.append(f"{name}: {form.format(value)}")
    command = "".join(f" {word}" for word in values["cpr-exec-command"])
    return "\n".join([*lines, f"cpr-exec-command:{command}", ""])


def _mapping_lines(mapping: list[dict[str, Any]] | None) -> list[str]:
    if mapping is None:
        return []
    lines = [f"{_MAPPING}:"]
    for node in mapping:
        lines.append(f"  '{node['node-name']}' -> '{node['alias']}'")
        lines += [f"    '{item['name']}' -> '{item['alias']}'" for item in node["bitmaps"]]
    return lines


def _parse_size(name: str, text: str) -> object:
    return StringInputVisitor().size(name, text)


def _parse_bandwidth(name: str, text: str) -> object:
    try:
        return parse_mebibytes(text)
    except ValueError:
        raise InputError(f"Invalid size {text}") from None


def _parse_byte(name: str, text: str) -> object:
    return StringInputVisitor().integer(name, text, 8, False)


def _parse_uint32(name: str, text: str) -> object:
    return StringInputVisitor().integer(name, text, 32, False)


def _parse_boolean(name: str, text: str) -> object:
    return StringInputVisitor().boolean(name, text)


def _parse_choice(name: str, text: str) -> object:
    return StringInputVisitor().enumeration(name, text, _CHOICES[name])


def _parse_text(name: str, text: str) -> object:
    return text


def _parse_words(name: str, text: str) -> object:
    try:
        return shlex.split(text)
    except ValueError as error:
        # In QEMU the words are GLib's.
        raise InputError(f"{name}: {error}") from None


_PARSERS: dict[str, Callable[[str, str], object]] = {
    **dict.fromkeys(("max-bandwidth", "avail-switchover-bandwidth"), _parse_bandwidth),
    **dict.fromkeys(_BYTES, _parse_byte),
    "x-checkpoint-delay": _parse_uint32,
    **dict.fromkeys(("cpu-throttle-tailslow", "direct-io"), _parse_boolean),
    **dict.fromkeys(_CHOICES, _parse_choice),
    **dict.fromkeys(("tls-authz", "tls-creds", "tls-hostname"), _parse_text),
    "cpr-exec-command": _parse_words,
}
