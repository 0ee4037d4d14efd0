"""The records of the catalogue: types with their parents, interfaces and properties, and what a
device of a type is once it is plugged.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from hmp.recorded import read_recorded


class PropertyRecord(NamedTuple):
    """A property as QEMU lists it: `default` None where it tells none.

    `note` are the words of an enumeration, such as `on/off/auto`, what an id refers to, or the form
    of a text, such as `MAC`.
    """

    name: str
    type: str
    default: object
    note: str


class BusRecord(NamedTuple):
    """A bus that a device gives, and the devices that are on it from the start.

    `name` has `{}` where the id or a number of the device stands; it is fixed otherwise.
    """

    name: str
    type: str
    hotplug: bool
    devices: tuple[DeviceRecord, ...]


class DeviceRecord(NamedTuple):
    """A plugged device of a type.

    `values` are those that realizing it changed; `lines` what `info qtree` shows beside properties;
    `children` those in the object tree, a memory region as size, addr, container and priority;
    `pci` the function as query-pci shows it.
    """

    type: str
    values: dict[str, object]
    lines: tuple[str, ...]
    buses: tuple[BusRecord, ...]
    children: dict[str, Any]
    pci: dict[str, Any] | None


class TypeRecord(NamedTuple):
    """A QOM type; `shown` are its own properties as `info qtree` shows them, `hidden` the others.

    `creatable`: a user can create it; `cold_only`: it can't be hotplugged; `in_module`: it
    is in a module that QEMU loads when it is first asked for. `lack` is
    a property without which it can't be, empty where it can't be at all, and QEMU's error then.
    `boards` are those whose main system bus takes it, None where it goes on another bus.
    """

    name: str
    parent: str
    abstract: bool
    interfaces: tuple[str, ...]
    shown: tuple[PropertyRecord, ...]
    hidden: tuple[PropertyRecord, ...]
    bus: str
    alias: str
    category: tuple[str, ...]
    creatable: bool
    cold_only: bool
    in_module: bool
    boards: tuple[str, ...] | None
    lack: tuple[str, str] | None
    instance: DeviceRecord | None

    def all_own(self) -> tuple[PropertyRecord, ...]:
        """Return every property of its own."""
        return self.shown + self.hidden


# The id that the devices had when they were recorded.
RECORDED_ID = "d0"


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = read_recorded(__file__, "types.json")
    return found


@cache
def find_type(name: str) -> TypeRecord | None:
    """Return the type of that name, or None."""
    item = _data()["types"].get(name)
    if item is None:
        return None
    instance = item.get("instance")
    return TypeRecord(
        name,
        item.get("parent", ""),
        item.get("abstract", False),
        tuple(item.get("interfaces", "").split()),
        _properties(item.get("properties", ())),
        _properties(item.get("hidden", ())),
        item.get("bus", ""),
        item.get("alias", ""),
        tuple(item.get("category", ())),
        "category" in item and "no_user" not in item,
        item.get("cold_only", False),
        item.get("module", False),
        tuple(item["boards"]) if "boards" in item else None,
        tuple(item["lack"]) if "lack" in item else None,
        _device(instance) if instance else None,
    )


def type_names() -> list[str]:
    """Return the name of every type."""
    return list(_data()["types"])


def lineage(name: str) -> Iterator[TypeRecord]:
    """Return a type and those above it, the nearest first."""
    record = find_type(name)
    while record is not None:
        yield record
        record = find_type(record.parent)


def properties(name: str) -> list[PropertyRecord]:
    """Return a type's properties, with those that it inherits, its own first."""
    return [item for record in lineage(name) for item in (*record.shown, *record.hidden)]


@cache
def find_alias(alias: str) -> str:
    """Return the type that an alias stands for, the alias itself where it is none."""
    types = _data()["types"].items()
    return next((name for name, item in types if item.get("alias") == alias), alias)


def _properties(indexes: int | list[int]) -> tuple[PropertyRecord, ...]:
    data = _data()
    known = data["lists"][indexes] if isinstance(indexes, int) else indexes
    return tuple(PropertyRecord(*data["properties"][index]) for index in known)


def _device(item: dict[str, Any]) -> DeviceRecord:
    return DeviceRecord(
        item.get("type", ""),
        item.get("values", {}),
        tuple(item.get("lines", ())),
        tuple(bus_record(bus) for bus in item.get("buses", ())),
        {_template(name): value for name, value in item.get("children", {}).items()},
        item.get("pci"),
    )


def bus_record(item: dict[str, Any]) -> BusRecord:
    """Return a bus with everything below it, as it was recorded."""
    devices = tuple(_device(device) for device in item.get("devices", ()))
    return BusRecord(_template(item["name"]), item["type"], item.get("hotplug", False), devices)


def _template(name: str) -> str:
    is_named = name == RECORDED_ID or name.startswith(f"{RECORDED_ID}.")
    return "{}" + name.removeprefix(RECORDED_ID) if is_named else name
