"""The lists that `TYPE,help` prints, drawn from the declared properties (spec/backends.md section 3).

The layout is the reference's, the descriptions are our own and stand with the declarations.
"""

from __future__ import annotations

from collections.abc import Iterable

from hmp.machine import devices
from hmp.machine.backends import MemoryBackend
from hmp.machine.creation import CREATABLE, NOT_BUILT
from hmp.machine.devices import GENERIC, Dimm
from hmp.machine.objects import Object
from hmp.machine.properties import Property

COLUMN = 24
_KINDS: tuple[type[Object], ...] = (Object, MemoryBackend, Dimm, *CREATABLE.values())
TYPES: dict[str, type[Object]] = {kind.type_name: kind for kind in _KINDS}


def object_help(qom_type: object) -> str:
    """What `object_add TYPE,help` prints; without a known type, the types that can be created."""
    kind = TYPES.get(qom_type) if isinstance(qom_type, str) else None
    if kind is None:
        names = sorted(name for name in CREATABLE if name != NOT_BUILT)
        return "List of user creatable objects:\n" + "".join(f"  {name}\n" for name in names)
    shown = [item for item in kind.declared if item.settable and item not in GENERIC[2:]]
    if not shown:
        return f"There are no options for {qom_type}.\n"
    return f"{qom_type} options:\n" + _lines(shown)


def device_help(driver: str) -> str:
    """What `device_add TYPE,help` prints, or its complaint about the type."""
    kind = devices.USER_CREATABLE.get(driver)
    if kind is None:
        known = driver in devices.ABSTRACT or driver in TYPES
        return ("Parameter 'typename' expects a non-abstract device type\n" if known
                else f"Device '{driver}' not found\n")
    return f"{driver} options:\n" + _lines(item for item in kind.declared if item not in GENERIC)


def _lines(properties: Iterable[Property]) -> str:
    return "".join(sorted(_line(item) + "\n" for item in properties))


def _line(item: Property) -> str:
    head = f"  {item.name}=<{item.kind.label}>"
    default = f" (default: {item.default})" if item.shows_default else ""
    if not item.help and not default:
        return head
    return f"{head:{COLUMN}} - {item.help}{default}"
