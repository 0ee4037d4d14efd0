"""qom-list, qom-get, qom-list-get, qom-set, and the lists of types and their properties
(docs/qemu-behaviour/qmp.md §A7).
"""

from __future__ import annotations

from hmp.errors import HmpError
from hmp.machine.devices.plug import set_property
from hmp.machine.qom.object import Object, find, find_to_list
from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import ANY, BOOLEAN, STRING, List, Structure


def qom_list(ctx: Context, arguments: Arguments) -> object:
    """Return the properties and children of an object."""
    found = find_to_list(ctx.machine.root, arguments["path"])
    return [{"name": name, "type": kind} for name, kind in found.list_properties()]


def qom_get(ctx: Context, arguments: Arguments) -> object:
    """Return the value of a property."""
    return find(ctx.machine.root, arguments["path"]).get(arguments["property"])


def qom_list_get(ctx: Context, arguments: Arguments) -> object:
    """Return the properties and children of several objects, with the values that they have."""
    root = ctx.machine.root
    # All are found before the first is read.
    found = [find_to_list(root, path) for path in arguments["paths"]]
    return [
        {"properties": [_with_value(item, *named) for named in item.list_properties()]}
        for item in found
    ]


def _with_value(item: Object, name: str, kind: str) -> dict[str, object]:
    try:
        return {"name": name, "value": item.get(name), "type": kind}
    except HmpError:
        # What can't be read now has no value (experiment: crash-information of a CPU).
        return {"name": name, "type": kind}


def qom_set(ctx: Context, arguments: Arguments) -> object:
    """Set a property."""
    target = find(ctx.machine.root, arguments["path"])
    set_property(ctx.machine, target, arguments["property"], arguments["value"], QObjectVisitor())
    return {}


def qom_list_types(ctx: Context, arguments: Arguments) -> object:
    """Return the types, or those that implement a type; abstract ones only on request."""
    from hmp.machine.introspection import list_types

    return list_types(arguments.get("implements"), bool(arguments.get("abstract")))


def qom_list_properties(ctx: Context, arguments: Arguments) -> object:
    """Return the properties of a type."""
    from hmp.machine.introspection import object_properties

    return object_properties(arguments["typename"])


def device_list_properties(ctx: Context, arguments: Arguments) -> object:
    """Return the properties of a type that can be plugged, without those of every device."""
    from hmp.machine.introspection import device_properties

    return device_properties(arguments["typename"])


_PROPERTY = Structure(
    {"name": STRING, "type": STRING, "description?": STRING, "default-value?": ANY}
)
_PATH, _TYPE_NAME = Parameter("path"), Parameter("typename")
COMMANDS = (
    QmpCommand("qom-list", qom_list, (_PATH,), List(_PROPERTY)),
    QmpCommand("qom-get", qom_get, (_PATH, Parameter("property")), ANY),
    QmpCommand("qom-list-get", qom_list_get, is_recorded=True),
    QmpCommand("qom-set", qom_set, (_PATH, Parameter("property"), Parameter("value", ANY))),
    QmpCommand(
        "qom-list-types",
        qom_list_types,
        (Parameter("implements", optional=True), Parameter("abstract", BOOLEAN, optional=True)),
        List(Structure({"name": STRING, "abstract?": BOOLEAN, "parent?": STRING})),
    ),
    QmpCommand("qom-list-properties", qom_list_properties, (_TYPE_NAME,), List(_PROPERTY)),
    QmpCommand("device-list-properties", device_list_properties, (_TYPE_NAME,), List(_PROPERTY)),
)
