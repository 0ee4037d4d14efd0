"""Return the declared properties that a user may set, in an option list or by qom-set."""

from __future__ import annotations

from hmp.errors import HmpError
from hmp.machine.backends.create import OBJECT_TYPES, SUPPORTED_TYPES
from hmp.machine.devices import types
from hmp.machine.devices.base import DEVICE_PROPERTIES, Device
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import Property, Text
from hmp.machine.qom.registry import TypeSource

# The types declare no id and no bus: object_add and device_add read them before the properties.
OBJECT_ID = Property(Text("id"), "", "", name="id", required=True)
DEVICE_ID = Property(Text("id"), "", "", name="id")
BUS = Property(Text("bus"), "", "", name="bus")
NEEDED = ("id", "memdev")
OBJECT_KEY = "qom-type"


def creatable_types(implied_key: str, types_of: TypeSource | None = None) -> tuple[str, ...]:
    """Return the types that an option list may begin with.

    The implied key is `qom-type` for objects, `driver` for devices, or empty; `types_of` knows
    those of a machine that is not ours.
    """
    if types_of and implied_key and (found := types_of.creatable(implied_key)):
        return found
    if implied_key == OBJECT_KEY:
        return SUPPORTED_TYPES
    return tuple(types.PLUGGABLE_TYPES) if implied_key else ()


def settable_options(
    implied_key: str, type_name: str, types_of: TypeSource | None = None
) -> dict[str, Property]:
    """Return the options of a type by name: needed ones first, then others, then x- ones.

    It is empty for an unknown type.
    """
    own = _own_options(implied_key, type_name)
    found = types_of.options(implied_key, type_name, own) if types_of and implied_key else own
    if found is not own:
        # Of a type that we don't have nobody tells whether it needs a bus.
        given = (OBJECT_ID,) if implied_key == OBJECT_KEY else (DEVICE_ID, BUS)
        found = {
            **{item.name: item for item in given if item.name in own or not own},
            **found,
        }
    ordered = sorted(
        found.values(), key=lambda item: (not is_needed(item), item.name.startswith("x-"))
    )
    return {item.name: item for item in ordered}


def _own_options(implied_key: str, type_name: str) -> dict[str, Property]:
    if implied_key == OBJECT_KEY:
        if type_name not in OBJECT_TYPES:
            return {}
        declared = (
            OBJECT_ID,
            *(item for item in OBJECT_TYPES[type_name].declared if item.settable),
        )
    else:
        kind = device_type(type_name) if implied_key else None
        if kind is None:
            return {}
        from hmp.machine.introspection import type_properties

        bus = (BUS,) if kind.bus_kind else ()
        declared = (
            DEVICE_ID,
            *bus,
            *(item for item in type_properties(kind) if item.settable),
        )
    return {item.name: item for item in declared}


def device_type(name: str) -> type[Device] | None:
    """Return the class of a type of devices that a user can create, None where it is none.

    The catalogue is read when a type is named that has an effect on no memory.
    """
    if name in types.PLUGGABLE_TYPES:
        kind: type[Device] = types.PLUGGABLE_TYPES[name]
        return kind
    # What may become one of these while it is typed (also nothing) waits for no catalogue.
    if any(known.startswith(name) for known in types.PLUGGABLE_TYPES):
        return None
    from hmp.machine.catalogue import records

    record = records.find_type(records.find_alias(name))
    if record is None or record.abstract or not record.creatable:
        return None
    if not any(item.name == "device" for item in records.lineage(record.name)):
        return None
    from hmp.machine.devices.inert.classes import device_class

    return device_class(record.name)


def is_needed(item: Property) -> bool:
    """Return whether an option is required, or is optional but nearly always given."""
    return item.required or item.name in NEEDED


def writable_properties(target: Object) -> dict[str, Property]:
    """Return the properties that qom-set may change on an object in its present state."""
    found = {}
    for item in target.properties():
        if not item.settable or item in DEVICE_PROPERTIES:
            continue
        try:
            # QEMU checks some properties before it parses the value, others after
            # (docs/qemu-behaviour/monitor.md §9).
            target.check_writable(item, before_reading=True)
            target.check_writable(item, before_reading=False)
        except HmpError:
            continue
        found[item.name] = item
    return found
