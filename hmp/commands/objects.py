"""object_add, object_del, device_add and device_del: from texts to the machine's operations.

Every rule of what may be added or deleted is in `hmp.machine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.commands import command as kinds
from hmp.commands.command import Command
from hmp.errors import InputError
from hmp.grammar.options import HELP_WORDS, Item, read_key_values
from hmp.machine.creation import UNEXPECTED, create_object, delete_object, read_request
from hmp.machine.plug import create_device, request_unplug
from hmp.values.readers import JsonReader, KeyValueReader

if TYPE_CHECKING:
    from hmp.monitor import Monitor



def object_add(monitor: Monitor, arguments: list[object]) -> str:
    """Create an object from key=value text or JSON."""
    text = str(arguments[0])
    if text.startswith("{"):
        from hmp.grammar.json_text import read_json

        given = read_json(text)
        assert isinstance(given, dict)
        create_object(monitor.machine, read_request(given, JsonReader(), UNEXPECTED))
        return ""
    found = read_key_values(text, "qom-type")
    if found.wants_help:
        from hmp.commands import type_help

        return type_help.object_help(found.tree.get("qom-type"))
    create_object(monitor.machine, read_request(found.tree, KeyValueReader(), UNEXPECTED))
    return ""


def object_del(monitor: Monitor, arguments: list[object]) -> str:
    """Delete an object by its id."""
    delete_object(monitor.machine, str(arguments[0]))
    return ""


def device_add(monitor: Monitor, arguments: list[object]) -> str:
    """Plug a device from an option list."""
    items = arguments[0]
    assert isinstance(items, list)
    driver, identifier, options = split_device_options(items)
    if driver is None:
        raise InputError("Parameter 'driver' is missing")
    if driver in HELP_WORDS or any(item.key in HELP_WORDS for item in items):
        from hmp.commands import type_help

        return type_help.device_help(driver)
    create_device(monitor.machine, driver, identifier, options, KeyValueReader(), hotplugged=True)
    return ""


def split_device_options(items: list[Item]) -> tuple[str | None, str | None, list[tuple[str, object]]]:
    """The driver (the last one given), the id (the first one), and the last value of every other key."""
    last: dict[str, object] = {}
    for item in items:
        if item.key not in ("driver", "id"):
            last.pop(item.key, None)
            last[item.key] = item.value
    driver = next((item.value for item in reversed(items) if item.key == "driver"), None)
    identifier = next((item.value for item in items if item.key == "id"), None)
    return driver, identifier, list(last.items())


def device_del(monitor: Monitor, arguments: list[object]) -> str:
    """Ask the guest to release a device."""
    request_unplug(monitor.machine, str(arguments[0]))
    return ""


COMMANDS = (
    Command(("device_add",), (kinds.OPTIONS,), "driver[,prop=value][,...]",
            "plug a device; `device_add TYPE,help` lists its properties", device_add, ("drivers",)),
    Command(("device_del",), (kinds.WORD,), "device", "ask the guest to release a device", device_del, ("devices",)),
    Command(("object_add",), (kinds.REST,), "[qom-type=]type,id=str[,prop=value][,...]",
            "create an object such as a memory backend", object_add, ("types",)),
    Command(("object_del",), (kinds.WORD,), "id", "delete an object", object_del, ("objects",)),
)
