"""The declared properties behind an option list or a QOM path, as people may set them.

Nothing is declared here: the declarations stand on the classes of the machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.assist.line import Line
from hmp.machine import device_types
from hmp.machine.creation import CREATABLE, NOT_BUILT
from hmp.machine.devices import GENERIC
from hmp.machine.properties import Property, Text

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.objects import Object

IDENTIFIER = Property("id", Text("id"), required=True)
BUS = Property("bus", Text("bus"))
WANTED = ("id", "memdev")


def creatable_types(option_list: str) -> tuple[str, ...]:
    """The types that an option list of `types` or `drivers` may begin with."""
    if option_list == "types":
        return tuple(name for name in CREATABLE if name != NOT_BUILT)
    return tuple(device_types.USER_CREATABLE)


def settable(line: Line) -> dict[str, Property]:
    """What may be set in the option list of a line, by key; those that are needed first; empty for an unknown type."""
    name = line.type_name
    if name not in creatable_types(line.option_list):
        return {}
    if line.option_list == "types":
        declared = (IDENTIFIER, *(item for item in CREATABLE[name].declared if item.settable))
    else:
        from hmp.machine.type_lists import settable_properties

        kind = device_types.USER_CREATABLE[name]
        bus = (BUS,) if kind.bus_kind else ()
        declared = (IDENTIFIER._replace(required=False), *bus,
                    *(item for item in settable_properties(kind) if item.settable))
    ordered = sorted(declared, key=lambda item: (not is_needed(item), item.name.startswith("x-")))
    return {item.name: item for item in ordered}


def is_needed(item: Property) -> bool:
    """Whether nobody would leave it out: it is required, or the device does nothing without it."""
    return item.required or item.name in WANTED


def settable_now(machine: Machine, target: Object) -> dict[str, Property]:
    """What qom-set may change of an object as it is."""
    from hmp.errors import HmpError

    found = {}
    for item in target.properties():
        if not item.settable or item in GENERIC:
            continue
        try:
            target.freeze_check(item, before_reading=True)
            target.freeze_check(item, before_reading=False)
        except HmpError:
            continue
        found[item.name] = item
    return found
