"""The declared properties behind an option list or a QOM path, as people may set them.

They are declared on the classes of the machine.
"""

from __future__ import annotations

from hmp.errors import HmpError
from hmp.machine.backends.create import CREATABLE, SUPPORTED_TYPES
from hmp.machine.devices import types
from hmp.machine.devices.base import GENERIC
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import Property, Text

OBJECT_ID = Property(Text("id"), "", "", name="id", required=True)
DEVICE_ID = Property(Text("id"), "", "", name="id")
BUS = Property(Text("bus"), "", "", name="bus")
WANTED = ("id", "memdev")
OBJECTS = "qom-type"


def creatable_types(implied_key: str) -> tuple[str, ...]:
    """The types that an option list may begin with: of objects (`qom-type`) or of devices
    (`driver`).
    """
    if implied_key == OBJECTS:
        return SUPPORTED_TYPES
    return tuple(types.USER_CREATABLE) if implied_key else ()


def settable(implied_key: str, type_name: str) -> dict[str, Property]:
    """What may be set in an option list for a type; those that are needed first; empty for an
    unknown type.
    """
    if type_name not in creatable_types(implied_key):
        return {}
    if implied_key == OBJECTS:
        declared = (OBJECT_ID, *(item for item in CREATABLE[type_name].declared if item.settable))
    else:
        from hmp.machine.introspection import settable_properties

        kind = types.USER_CREATABLE[type_name]
        bus = (BUS,) if kind.bus_kind else ()
        declared = (
            DEVICE_ID,
            *bus,
            *(item for item in settable_properties(kind) if item.settable),
        )
    ordered = sorted(declared, key=lambda item: (not is_needed(item), item.name.startswith("x-")))
    return {item.name: item for item in ordered}


def is_needed(item: Property) -> bool:
    """Whether nobody would leave it out: it is required, or the device does nothing without it."""
    return item.required or item.name in WANTED


def settable_now(target: Object) -> dict[str, Property]:
    """What qom-set may change of an object as it is."""
    found = {}
    for item in target.properties():
        if not item.settable or item in GENERIC:
            continue
        try:
            target.check_writable(item, before_reading=True)
            target.check_writable(item, before_reading=False)
        except HmpError:
            continue
        found[item.name] = item
    return found
