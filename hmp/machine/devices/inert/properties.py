"""Declares what the catalogue knows of a property: its type, its default and how it is read."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hmp.errors import ParameterTypeError, StateError
from hmp.grammar import terminals
from hmp.machine.catalogue.records import PropertyRecord
from hmp.machine.devices.inert.backends import check_backend
from hmp.machine.qom.property import (
    BackendId,
    Boolean,
    Enumeration,
    Integer,
    Link,
    Property,
    PropertyType,
    PropertyValueError,
    Size,
    Structure,
    Text,
    Visitor,
)

if TYPE_CHECKING:
    from hmp.machine.devices.base import Device

_INTEGER = re.compile(r"(u?)int(\d+)")
_MAC = re.compile(r"[0-9a-fA-F]{2}(?:([:-])[0-9a-fA-F]{2})(?:\1[0-9a-fA-F]{2}){4}")
_PLAIN_TYPES: dict[str, PropertyType] = {
    "bool": Boolean(),
    "size": Size("size"),
    "str": Text("str"),
    "string": Text("string"),
    "StrOrNull": Text("StrOrNull"),
    # QEMU does not always list the words of it.
    "OnOffAuto": Enumeration("OnOffAuto", "on", "off", "auto"),
}
# The forms of texts.
FORMS = ("MAC", "UUID")
AUTO = "auto"
SMALLEST_BLOCK, LARGEST_BLOCK = 512, 2 << 20


class List(Structure):
    """A list, which only JSON can give."""

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        if isinstance(raw, list):
            return raw
        raise ParameterTypeError(key, "array")


class BootIndexError(StateError):
    """Another device has that place in the order of booting."""

    parameter = "bootindex"

    def __init__(self, index: int) -> None:
        super().__init__(f"The bootindex {index} has already been used")
        self.index = index


def attribute_of(name: str) -> str:
    """Return the attribute of a property: none of Python's names can be one."""
    return f"property {name}"


def declare(record: PropertyRecord, is_shown: bool) -> Property:
    """Return the declaration of a property; one that `info qtree` leaves out may be read only."""
    kind = _type(record)
    item: Property = Property(
        kind,
        record.note if isinstance(kind, (Boolean, Enumeration)) else "",
        _default(record, kind),
        name=record.name,
        settable=record.name != "attached" and (is_shown or not isinstance(kind, Structure)),
        shows_default=record.default is not None,
        settable_when_realized=not is_shown and not isinstance(kind, Structure),
    )
    if record.note == "MAC":
        item.setter(_mac_setter(record.name))
    elif record.note == "power of two":
        item.setter(_block_size_setter(record.name))
    elif record.note == "UUID":
        item.setter(_uuid_setter(record.name))
    elif isinstance(kind, BackendId):
        item.setter(_backend_setter(record.name, kind.kind))
    elif record.name == "bootindex":
        item.setter(_set_boot_index)
    return item


def _type(record: PropertyRecord) -> PropertyType:
    if record.type in _PLAIN_TYPES and not (record.type == "str" and record.note):
        return _PLAIN_TYPES[record.type]
    if record.type == "str":
        return Text("str") if record.note in FORMS else BackendId(record.note)
    if found := _INTEGER.fullmatch(record.type):
        return Integer(int(found[2]), signed=not found[1])
    if record.type.startswith("link<"):
        return Link(record.type[5:-1])
    if "/" in record.note:
        return Enumeration(record.type, *record.note.split("/"))
    return List(record.type) if record.type.lower().endswith("list") else Structure(record.type)


def _default(record: PropertyRecord, kind: PropertyType) -> object:
    if record.default is not None and not isinstance(kind, Structure):
        return record.default
    if record.name == "bootindex":
        return -1
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, (Integer, Size)):
        return 0
    return "" if isinstance(kind, Text) else None


def _mac_setter(name: str) -> Callable[[Device, Any], None]:
    def check(device: Device, text: str) -> None:
        if not _MAC.fullmatch(text):
            raise PropertyValueError(
                name, text, f"Property '{device.type_name}.{name}' doesn't take value '{text}'"
            )
        setattr(device, attribute_of(name), text.lower().replace("-", ":"))

    return check


def random_uuid() -> str:
    """Return a random UUID as text."""
    bits = random.getrandbits(128) & ~(0xF << 76) & ~(0x3 << 62) | 4 << 76 | 2 << 62
    digits = f"{bits:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _uuid_setter(name: str) -> Callable[[Device, Any], None]:
    def check(device: Device, text: str) -> None:
        if text == AUTO:
            setattr(device, attribute_of(name), random_uuid())
            return
        if not terminals.fullmatch(terminals.UUID, text):
            raise PropertyValueError(
                name, text, f"Property '{device.type_name}.{name}' doesn't take value '{text}'"
            )
        setattr(device, attribute_of(name), text.lower())

    return check


def _block_size_setter(name: str) -> Callable[[Device, Any], None]:
    def check(device: Device, size: int) -> None:
        if size and (size & (size - 1) or not SMALLEST_BLOCK <= size <= LARGEST_BLOCK):
            raise PropertyValueError(
                name,
                size,
                f"parameter {name} must be a power of 2 between {SMALLEST_BLOCK} and "
                f"{LARGEST_BLOCK}",
            )
        setattr(device, attribute_of(name), size)

    return check


def _backend_setter(name: str, kind: str) -> Callable[[Device, str], None]:
    def check(device: Device, identifier: str) -> None:
        check_backend(device, kind, name, identifier)
        setattr(device, attribute_of(name), identifier)

    return check


def _set_boot_index(device: Device, index: int) -> None:
    used = device.machine.boot_indexes
    if index >= 0 and used.get(index, device) is not device:
        raise BootIndexError(index)
    setattr(device, attribute_of("bootindex"), index)
