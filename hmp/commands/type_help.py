"""The lists that `TYPE,help` prints, in QEMU's layout (docs/qemu-behaviour/backends.md §3,
docs/qemu-behaviour/startup.md §12), with descriptions of our own from the declared properties.
"""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.grammar.opts import HELP_WORDS
from hmp.machine import introspection
from hmp.machine.backends.create import SUPPORTED_TYPES
from hmp.machine.catalogue import records
from hmp.machine.catalogue.records import TypeRecord
from hmp.machine.devices import types
from hmp.machine.devices.base import Device
from hmp.machine.qom.property import Property

# QEMU's (docs/qemu-behaviour/backends.md §3).
DESCRIPTION_COLUMN = 24
# In the order of QEMU's list (experiment: `-device help`).
CATEGORIES = (
    "Controller/Bridge/Hub",
    "USB",
    "Storage",
    "Network",
    "Input",
    "Display",
    "Sound",
    "Misc",
    "CPU",
    "Watchdog",
    "Uncategorized",
)
_NO_DEFAULT = object()


def is_known(qom_type: object) -> bool:
    """Return whether there is a type of objects or devices of that name."""
    return isinstance(qom_type, str) and records.find_type(qom_type) is not None


def object_help(qom_type: object) -> str:
    """Return what `object_add TYPE,help` prints; for an unknown type, the types to create."""
    kind = introspection.TYPES.get(qom_type) if isinstance(qom_type, str) else None
    if kind is None and is_known(qom_type):
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
    driver = records.find_alias(driver)
    shown = [_entry_line(entry) for entry in introspection.device_properties(driver)]
    if not shown:
        return f"There are no options for {driver}.\n"
    return f"{driver} options:\n" + "".join(f"{line}\n" for line in sorted(shown))


def info_qdm(ctx: Context) -> str:
    """List every type of devices, by category and name."""
    return device_list(with_others=True)


def device_list(with_others: bool = False) -> str:
    """Return what `device_add help` prints: the types that can be plugged, by category and name.

    `with_others`: those that no user can create, too.
    """
    groups: dict[str, list[str]] = {}
    for name in records.type_names():
        record = records.find_type(name)
        if record is not None and (record.creatable or with_others):
            for category in record.category:
                groups.setdefault(category, []).append(_list_line(record))
    return "\n".join(
        f"{category} devices:\n{''.join(sorted(groups[category], key=str.lower))}"
        for category in CATEGORIES
    )


def _list_line(record: TypeRecord) -> str:
    name = record.name
    kind: type[Device] | None = types.PLUGGABLE_TYPES.get(name)
    bus = f", bus {record.bus}" if record.bus else ""
    alias = f', alias "{record.alias}"' if record.alias else ""
    described = f', desc "{kind.description}"' if kind and kind.description else ""
    others = "" if record.creatable else ", no-user"
    return f'name "{name}"{bus}{alias}{described}{others}\n'


def _entry_line(entry: dict[str, object]) -> str:
    default = entry.get("default-value")
    return _line(
        str(entry["name"]),
        str(entry["type"]),
        str(entry.get("description", "")),
        default if "default-value" in entry else _NO_DEFAULT,
    )


def property_line(item: Property) -> str:
    """Return the line of a property in such a list, without the newline."""
    default = item.default if item.shows_default else _NO_DEFAULT
    return _line(item.name, item.type.label, item.help, default)


def _line(name: str, label: str, help: str, value: object) -> str:
    head = f"  {name}=<{label}>"
    if isinstance(value, bool):
        value = "on" if value else "off"
    default = "" if value is _NO_DEFAULT else f" (default: {value})"
    if not help and not default:
        return head
    return f"{head:{DESCRIPTION_COLUMN}} - {help}{default}"
