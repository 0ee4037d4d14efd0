"""The types of a running QEMU: of objects from its schema, of devices as they are asked for.

Names of devices are those of our own catalogue: to list all of them QEMU loads every module, and
aborts where its package was upgraded since it was started. For the same reason it is not asked
about a type that is in a module.
"""

from __future__ import annotations

import re
from concurrent.futures import Future
from functools import cache
from typing import Any

from hmp.connect.links.link import Answer, Link, LinkError, RefusedError, Request, ask
from hmp.machine.devices.types import PLUGGABLE_TYPES
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    Integer,
    Property,
    PropertyType,
    Size,
    Text,
)
from hmp.machine.qom.property import (
    Link as LinkType,
)

OBJECT_KEY = "qom-type"
_INTEGER = re.compile(r"(u?)int(8|16|32|64)")
_CHOICES = re.compile(r"[\w.-]+(?:/[\w.-]+)+")

Properties = dict[str, Property[Any]]


class RemoteTypes:
    """What is known of the types of the QEMU behind a link."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._objects: dict[str, Properties] = {}
        self._devices: dict[str, Properties] = {}
        self._asked: set[str] = set()

    def load_objects(self) -> None:
        """Ask for the types of objects; where QEMU does not answer, ours stand for them."""
        try:
            (schema,) = ask(self._link, [Request("query-qmp-schema")])
        except LinkError:
            return
        if not isinstance(schema, RefusedError):
            self._objects = _object_types({entry["name"]: entry for entry in schema})

    def creatable(self, implied_key: str) -> tuple[str, ...]:
        return tuple(self._objects) if implied_key == OBJECT_KEY else _device_names()

    def options(self, implied_key: str, type_name: str, own: Properties) -> Properties:
        if implied_key == OBJECT_KEY:
            return _merged(self._objects.get(type_name), own, has_labels=False)
        self._ask_for(type_name)
        return _merged(self._devices.get(type_name), own, has_labels=True)

    def _ask_for(self, type_name: str) -> None:
        """Ask for the properties of a device, once, without waiting for them."""
        if type_name in self._asked or type_name not in _device_names():
            return
        self._asked.add(type_name)

        def take(future: Future[list[Answer]]) -> None:
            answer = None if future.cancelled() or future.exception() else future.result()[0]
            if isinstance(answer, list):
                self._devices[type_name] = {
                    item["name"]: _of_device(item)
                    for item in answer
                    if not item["type"].startswith("child<")
                    and _is_settable(type_name, item["name"])
                }

        request = Request("device-list-properties", {"typename": type_name})
        self._link.submit([request]).add_done_callback(take)


def _merged(found: Properties | None, own: Properties, has_labels: bool) -> Properties:
    """Return the properties that QEMU has: ours, which tell more, where they are of the same type.

    Without `has_labels` the names of types are not known, as in a schema.
    """
    if not found:
        return own
    return {
        name: own[name]
        if name in own and (not has_labels or own[name].type.label == item.type.label)
        else item
        for name, item in found.items()
    }


def _is_settable(type_name: str, name: str) -> bool:
    """Return whether a property can be set, as far as that is known: QEMU does not tell."""
    if type_name not in PLUGGABLE_TYPES:
        return True
    kind = PLUGGABLE_TYPES[type_name]
    classes = (kind, kind.device_class) if issubclass(kind, VirtioPci) else (kind,)
    declared = [each.by_name[name] for each in classes if name in each.by_name]
    return all(item.settable for item in declared)


@cache
def _device_names() -> tuple[str, ...]:
    """Return the types of devices that can be plugged, those with memory first."""
    from hmp.machine.catalogue import records

    found = [record for name in records.type_names() if (record := records.find_type(name))]
    names = (
        item.name for item in found if item.creatable and not (item.abstract or item.in_module)
    )
    return tuple(dict.fromkeys((*PLUGGABLE_TYPES, *sorted(names))))


def _object_types(schema: dict[str, Any]) -> dict[str, Properties]:
    """Return the types of object-add in a schema, with their properties."""
    command = schema[schema["object-add"]["arg-type"]]
    kinds = next(item["type"] for item in command["members"] if item["name"] == command["tag"])
    members = {case["case"]: schema[case["type"]]["members"] for case in command["variants"]}
    return {
        name: {item["name"]: _of_schema(schema, item) for item in members.get(name, ())}
        for name in schema[kinds]["values"]
    }


def _of_schema(schema: dict[str, Any], member: dict[str, Any]) -> Property[Any]:
    kind = schema[member["type"]]
    name = member["name"]
    made: PropertyType = Text()
    if kind["meta-type"] == "enum":
        made = Enumeration(name, *kind["values"])
    elif kind.get("json-type") == "boolean":
        made = Boolean()
    elif kind.get("json-type") == "int":
        # Of a number and a size the schema does not tell the difference; a size takes both.
        made = Size()
    return Property(made, name=name, required="default" not in member)


def _of_device(item: dict[str, Any]) -> Property[Any]:
    default = item.get("default-value")
    return Property(
        _type_of_device(item),
        item.get("description", ""),
        default,
        name=item["name"],
        shows_default=default is not None,
    )


def _type_of_device(item: dict[str, Any]) -> PropertyType:
    kind, description = item["type"], item.get("description", "")
    integer = _INTEGER.fullmatch(kind)
    if kind == "bool":
        return Boolean()
    if kind == "size":
        return Size("size")
    if integer:
        return Integer(int(integer[2]), signed=not integer[1])
    if kind.startswith("link<"):
        return LinkType(kind[len("link<") : -1])
    # on/off/auto
    if _CHOICES.fullmatch(description):
        return Enumeration(kind, *description.split("/"))
    return Text(kind)
