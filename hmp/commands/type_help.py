"""The lists that `TYPE,help` prints, in QEMU's layout (docs/qemu-behaviour/backends.md §3,
docs/qemu-behaviour/startup.md §12), with descriptions of our own from the declared properties.
"""

from __future__ import annotations

from hmp.grammar.opts import HELP_WORDS
from hmp.machine import introspection
from hmp.machine.backends.create import SUPPORTED_TYPES
from hmp.machine.devices import types
from hmp.machine.devices.base import Device
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.qom.property import Property

# QEMU's (docs/qemu-behaviour/backends.md §3).
DESCRIPTION_COLUMN = 24
# In the order of QEMU's list (experiment: `-device help`).
CATEGORIES = ("Controller/Bridge/Hub", "Storage", "Misc", Device.category)


def is_known(qom_type: object) -> bool:
    """Return whether there is a type of objects or devices of that name."""
    return qom_type in introspection.TYPES or qom_type in introspection.PARENTS


def object_help(qom_type: object) -> str:
    """Return what `object_add TYPE,help` prints; for an unknown type, the types to create."""
    kind = introspection.TYPES.get(qom_type) if isinstance(qom_type, str) else None
    if kind is None and qom_type in introspection.PARENTS:
        return f"There are no options for {qom_type}.\n"
    if kind is None:
        names = sorted({*SUPPORTED_TYPES, *introspection.OTHER_OBJECT_TYPES})
        return "List of user creatable objects:\n" + "".join(f"  {name}\n" for name in names)
    # Of the properties of every device QEMU lists `realized` here, which it leaves out of the list
    # for device_add (experiment: `object_add pc-dimm,help`).
    shown = [item for item in kind.declared if item.settable and item.listed]
    if not shown:
        return f"There are no options for {qom_type}.\n"
    return f"{qom_type} options:\n" + "".join(sorted(property_line(item) + "\n" for item in shown))


def device_help(driver: str) -> str:
    """Return what `device_add TYPE,help` prints; the list of types for the type `help`.

    Raises:
        HmpError: There is no such type.
    """
    if driver in HELP_WORDS:
        return device_list()
    driver = types.ALIASES.get(driver, driver)
    kind = introspection.device_type(driver)
    if kind is None:
        return f"There are no options for {driver}.\n"
    shown = [property_line(item) for item in introspection.type_properties(kind)]
    if issubclass(kind, VirtioPci):
        shown.append(f"  virtio-backend=<child<{kind.device_class.type_name}>>")
    return f"{driver} options:\n" + "".join(f"{line}\n" for line in sorted(shown))


def device_list() -> str:
    """Return what `device_add help` prints: the types that can be plugged, by category and name."""
    groups: dict[str, list[str]] = {}
    for name, kind in sorted(types.PLUGGABLE_TYPES.items()):
        groups.setdefault(kind.category, []).append(_list_line(name, kind))
    return "\n".join(f"{category} devices:\n{''.join(groups[category])}" for category in CATEGORIES)


def _list_line(name: str, kind: type[Device]) -> str:
    bus = f", bus {kind.bus_kind}" if kind.bus_kind else ""
    aliases = "".join(f', alias "{alias}"' for alias, of in types.ALIASES.items() if of == name)
    described = f', desc "{kind.description}"' if kind.description else ""
    return f'name "{name}"{bus}{aliases}{described}\n'


def property_line(item: Property) -> str:
    """Return the line of a property in such a list, without the newline."""
    head = f"  {item.name}=<{item.type.label}>"
    value = item.default
    if isinstance(value, bool):
        value = "on" if value else "off"
    default = f" (default: {value})" if item.shows_default else ""
    if not item.help and not default:
        return head
    return f"{head:{DESCRIPTION_COLUMN}} - {item.help}{default}"
