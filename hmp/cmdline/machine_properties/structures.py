"""Properties of -machine that are lists of structures: smp-cache, sgx-epc and cxl-fmw."""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import (
    InputError,
    MissingParameterError,
    ParameterTypeError,
    UnexpectedParameterError,
)
from hmp.machine.boards.properties import CACHES, MachineObject
from hmp.machine.machine import Machine
from hmp.machine.memory.layout import WINDOW_STEP
from hmp.machine.qom.object import find_link
from hmp.machine.qom.property import Enumeration, Integer, Link, Property, PropertyType, Size, Text
from hmp.machine.qom.visitors import KeyvalVisitor

# The innermost level first; the last three are not those of a PC.
LEVELS = ("thread", "core", "module", "cluster", "die", "socket", "book", "drawer", "default")
UNSUPPORTED_LEVELS = ("cluster", "book", "drawer")
DEFAULT_LEVELS = {"l1d": "core", "l1i": "core", "l2": "core", "l3": "die"}
GRANULARITIES = tuple(256 << step for step in range(7))


class _Texts(PropertyType):
    """A list of texts."""

    def read(self, visitor: object, key: str, raw: object) -> object:
        if not isinstance(raw, list):
            raise ParameterTypeError(key, "array")
        return [KeyvalVisitor().text(f"{key}.{index}", item) for index, item in enumerate(raw)]


class _Field(NamedTuple):
    """A member; `short_key`: its messages leave out where it is."""

    type: PropertyType
    required: bool = True
    short_key: bool = False


_FIELDS = {
    "smp-cache": {
        "cache": _Field(Enumeration("CacheLevelAndType", *CACHES), short_key=True),
        "topology": _Field(Enumeration("CpuTopologyLevel", *LEVELS), short_key=True),
    },
    "sgx-epc": {"memdev": _Field(Text()), "node": _Field(Integer(64, signed=True))},
    "cxl-fmw": {
        "targets": _Field(_Texts()),
        "size": _Field(Size()),
        "interleave-granularity": _Field(Size(), required=False),
    },
}
# Which member is missed first (experiment: one member of each).
_REQUIRED_FIRST = ("memdev", "size", "cache")


def set_structures(machine: Machine, key: str, raw: object) -> None:
    """Set one of the properties; HmpError where QEMU refuses the value."""
    if not isinstance(raw, list):
        raise ParameterTypeError(key, "array")
    found = [_read(f"{key}.{index}", _FIELDS[key], item) for index, item in enumerate(raw)]
    target = machine.machine_object
    if key == "smp-cache":
        target.smp_cache = _caches(target, machine.board.chipset is not None, found)
        return
    if key == "cxl-fmw":
        for window in found:
            _check_window(window)
    item = target.property(key)
    assert item is not None
    target.set(item, found)


def _read(key: str, fields: dict[str, _Field], raw: object) -> dict[str, object]:
    if not isinstance(raw, dict):
        raise ParameterTypeError(key, "object")
    order = sorted(fields, key=lambda name: name not in _REQUIRED_FIRST)
    found: dict[str, object] = {}
    for name in order:
        kind, required, short_key = fields[name]
        if name in raw:
            shown = name if short_key else f"{key}.{name}"
            found[name] = kind.read(KeyvalVisitor(), shown, raw[name])
        elif required:
            raise MissingParameterError(f"{key}.{name}")
    for name in raw:
        if name not in fields:
            raise UnexpectedParameterError(f"{key}.{name}")
    return {name: found[name] for name in fields if name in found}


def _caches(
    target: MachineObject, supported: bool, found: list[dict[str, object]]
) -> list[dict[str, object]]:
    levels: dict[str, str] = {}
    for item in found:
        cache = str(item["cache"])
        if cache in levels:
            raise InputError(
                f"Invalid cache properties: {cache}. The cache properties are duplicated"
            )
        levels[cache] = str(item["topology"])
    asked = {cache: level for cache, level in levels.items() if level != "default"}
    for cache, level in asked.items():
        if not supported:
            raise InputError(f"{cache} cache topology not supported by this machine")
        if level == "thread":
            raise InputError(f"{level} level cache not supported by this machine")
        if level in UNSUPPORTED_LEVELS:
            raise InputError(
                f"Invalid topology level: {level}. The topology level is not supported by this "
                "machine"
            )
    if supported:
        levels = DEFAULT_LEVELS | asked
        _check_nesting(levels)
    return [{"topology": levels.get(cache, "default"), "cache": cache} for cache in CACHES]


def _check_nesting(levels: dict[str, str]) -> None:
    for inner, outer in (("l1d", "l2"), ("l1i", "l2"), ("l2", "l3")):
        if LEVELS.index(levels[outer]) < LEVELS.index(levels[inner]):
            raise InputError(
                f"Invalid smp cache topology. {outer.upper()} cache topology level shouldn't be "
                f"lower than {inner[:2].upper()} cache"
            )


def _check_window(window: dict[str, object]) -> None:
    size, step = window["size"], window.get("interleave-granularity", GRANULARITIES[0])
    assert isinstance(size, int)
    if size % WINDOW_STEP:
        raise InputError("Size of a CXL fixed memory window must be a multiple of 256MiB")
    if step not in GRANULARITIES:
        raise InputError(f"Interleave granularity: {step} invalid")


_EPC: Property[object] = Property(Link("memory-backend-epc"), name="memdev")


def check_enclaves(machine: Machine) -> None:
    """Raise the error of sgx-epc: no backend of its type can exist without SGX."""
    sections = machine.machine_object.get("sgx-epc")
    assert isinstance(sections, list)
    for section in sections:
        find_link(machine.root, _EPC, section["memdev"])
