"""Generates the result of query-qmp-schema: commands, events and types, in the form of QMP's
introspection.

It is made from the descriptions of the commands, the properties of the object types, and EVENTS.
"""

from __future__ import annotations

from functools import cache

from hmp.machine.backends.create import OBJECT_TYPES, SUPPORTED_TYPES
from hmp.machine.qapi.types import INTEGERS, Described, descriptions
from hmp.machine.qom import property
from hmp.qmp.command import QmpCommand
from hmp.qmp.commands.guest_dump import DUMP_RESULT
from hmp.qmp.commands.memory import OST_INFO
from hmp.qmp.types import (
    ANY,
    BOOLEAN,
    EMPTY,
    INTEGER,
    JSON_TYPES,
    NUMBER,
    STRING,
    Enumeration,
    List,
    Structure,
    Type,
)

_CAUSE = Structure(
    {
        "guest": BOOLEAN,
        "reason": Enumeration.of(
            "none host-error host-qmp-quit host-qmp-system-reset host-signal host-ui "
            "guest-shutdown guest-reset guest-panic subsystem-reset snapshot-load"
        ),
    }
)
EVENTS = {
    "ACPI_DEVICE_OST": Structure({"info": OST_INFO}),
    "BALLOON_CHANGE": Structure({"actual": INTEGER}),
    "DEVICE_DELETED": Structure({"device?": STRING, "path": STRING}),
    "DUMP_COMPLETED": Structure({"result": DUMP_RESULT, "error?": STRING}),
    "MEMORY_DEVICE_SIZE_CHANGE": Structure({"id?": STRING, "size": INTEGER, "qom-path": STRING}),
    "POWERDOWN": EMPTY,
    "RESET": _CAUSE,
    "RESUME": EMPTY,
    "SHUTDOWN": _CAUSE,
    "STOP": EMPTY,
}
# The options of block nodes contain others, so that only what all have is shown.
BLOCKDEV = Structure({"driver": STRING, "node-name?": STRING})
_DEVICE_ADD = Structure({"driver": STRING, "bus?": STRING, "id?": STRING})
Entry = dict[str, object]


class _Namer:
    """Names every type, as QEMU does with numbers where it has no name, and keeps its entry."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._names: dict[object, str] = {}
        self._known: list[Structure] = []
        self.name(EMPTY)

    def name(self, kind: Type) -> str:
        """Return the name of a type, and make its entry the first time."""
        if isinstance(kind, str):
            return self._once(
                kind, kind, lambda: {"json-type": JSON_TYPES[kind], "meta-type": "builtin"}
            )
        if isinstance(kind, List):
            element = self.name(kind.element)
            return self._once(
                f"[{element}]",
                f"[{element}]",
                lambda: {"element-type": element, "meta-type": "array"},
            )
        if isinstance(kind, Enumeration):
            return self._once(
                kind,
                str(len(self._names)),
                lambda: {
                    "members": [{"name": value} for value in kind.values],
                    "values": list(kind.values),
                    "meta-type": "enum",
                },
            )
        self._known.append(kind)  # Kept alive, since its id() is its key.
        return self._once(id(kind), str(len(self._names)), lambda: self._object(kind))

    def _once(self, key: object, name: str, describe: object) -> str:
        if key not in self._names:
            self._names[key] = name
            entry: Entry = {"name": name}
            self.entries.append(entry)
            assert callable(describe)
            entry.update(describe())
        return self._names[key]

    def _object(self, kind: Structure) -> Entry:
        members = []
        for name, member in kind.members.items():
            optional = {"default": None} if name.endswith("?") else {}
            members.append({"name": name.removesuffix("?"), **optional, "type": self.name(member)})
        entry: Entry = {"members": members, "meta-type": "object"}
        if kind.tag:
            entry["tag"] = kind.tag
            entry["variants"] = [
                {"case": case, "type": self.name(variant)}
                for case, variant in kind.variants.items()
            ]
        return entry


@cache
def describe(commands: tuple[QmpCommand, ...]) -> list[Entry]:
    """Return the schema of the commands; it is the same for every machine."""
    namer = _Namer()
    entries = [_command(namer, command) for command in commands]
    entries += [
        {"name": name, "arg-type": namer.name(data), "meta-type": "event"}
        for name, data in EVENTS.items()
    ]
    return entries + namer.entries


def _command(namer: _Namer, command: QmpCommand) -> Entry:
    entry: Entry = {
        "name": command.name,
        "ret-type": namer.name(command.returns),
        "meta-type": "command",
        "arg-type": namer.name(_argument_type(command)),
    }
    if command.features:
        entry["features"] = list(command.features)
    return entry


def _argument_type(command: QmpCommand) -> Structure:
    if command.name == "object-add":
        return _object_add()
    if command.name == "netdev_add":
        return _described_structure("netdev")
    if command.name == "blockdev-add":
        return BLOCKDEV
    if command.name == "device_add":
        return _DEVICE_ADD
    if not command.parameters:
        return EMPTY
    return Structure(
        {f"{item.name}{'?' * item.optional}": item.type for item in command.parameters}
    )


def _object_add() -> Structure:
    """Return the argument type of object-add, a variant for each object type.

    libvirt looks for `secret` among the words of qom-type (docs/qemu-behaviour/qmp.md §C1).
    """
    variants = {}
    for name in SUPPORTED_TYPES:
        settable = (item for item in OBJECT_TYPES[name].declared if item.settable)
        variants[name] = Structure(
            {f"{item.name}{'?' * (not item.required)}": _value_type(item.type) for item in settable}
        )
    return Structure({"qom-type": Enumeration(tuple(variants)), "id": STRING}, "qom-type", variants)


def _value_type(kind: property.PropertyType) -> Type:
    if isinstance(kind, Described):
        return _described(kind.kind)
    if isinstance(kind, property.Boolean):
        return BOOLEAN
    if isinstance(kind, (property.Size, property.Integer)):
        return INTEGER
    if isinstance(kind, property.NodeList):
        return List(INTEGER)
    if isinstance(kind, property.Enumeration):
        return Enumeration(kind.choices)
    return STRING if isinstance(kind, (property.Text, property.Link)) else ANY


def _described(kind: str) -> Type:
    """Return a type that `hmp/machine/qapi/types.json` describes."""
    if kind.startswith("["):
        return List(_described(kind[1:-1]))
    if kind in ("str", "bool", "number"):
        return {"str": STRING, "bool": BOOLEAN, "number": NUMBER}[kind]
    if kind == "size" or kind in INTEGERS:
        return INTEGER
    found = descriptions()[kind]
    if isinstance(found, list):
        return Enumeration(tuple(found))
    if "alternatives" in found:
        return ANY
    return Structure(
        {name: _described(member) for name, member in found["members"].items()},
        found.get("tag", ""),
        {case: _described_structure(below) for case, below in found.get("variants", {}).items()},
    )


def _described_structure(kind: str) -> Structure:
    found = _described(kind)
    assert isinstance(found, Structure)
    return found
