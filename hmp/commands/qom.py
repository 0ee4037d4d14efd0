"""qom-list, qom-get, qom-set and info qom-tree over the object tree (spec/monitor.md section 9).

Paths are resolved and values checked in `hmp.machine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.commands import command as kinds
from hmp.commands.command import Command
from hmp.errors import StateError
from hmp.machine.objects import Object, find, find_to_list, resolve
from hmp.machine.plug import set_property
from hmp.machine.properties import Reader
from hmp.values.readers import JsonReader, SettingReader

if TYPE_CHECKING:
    from hmp.monitor import Monitor


def qom_list(monitor: Monitor, arguments: list[object]) -> str:
    """The properties and children of an object."""
    path = arguments[0]
    if path is None:
        return "/\n"
    found = find_to_list(monitor.machine.root, str(path))
    return "".join(f"{name} ({kind})\n" for name, kind in found.listing())


def qom_get(monitor: Monitor, arguments: list[object]) -> str:
    """A property's value as JSON."""
    from hmp.values.json_output import dump

    path, name = str(arguments[0]), str(arguments[1])
    return dump(find(monitor.machine.root, path).get(name), indent=4) + "\n"


def qom_set(monitor: Monitor, arguments: list[object]) -> str:
    """Set a property from text or, with -j, from JSON, which is read before anything else."""
    as_json, path, name, raw = arguments[0], str(arguments[1]), str(arguments[2]), arguments[3]
    reader: Reader = SettingReader()
    if as_json:
        from hmp.grammar.json_text import read_json

        reader, raw = JsonReader(), read_json(str(raw))
    set_property(monitor.machine, find(monitor.machine.root, path), name, raw, reader)
    return ""


def info_qom_tree(monitor: Monitor, arguments: list[object]) -> str:
    """An object and everything below it."""
    path = "/machine" if arguments[0] is None else str(arguments[0])
    found, _ambiguous = resolve(monitor.machine.root, path)
    if found is None:
        raise StateError(f"Path '{path}' could not be resolved.", prefix=False)
    return _tree(found, 0)


def _tree(node: Object, depth: int) -> str:
    below = "".join(_tree(node.children[name], depth + 1) for name in sorted(node.children))
    return f"{'  ' * depth}/{node.name} ({node.type_name})\n{below}"


COMMANDS = (
    Command(("qom-get",), (kinds.WORD, kinds.WORD), "path property", "show a property of an object", qom_get,
            ("paths", "properties")),
    Command(("qom-list",), (kinds.OPTIONAL_WORD,), "path", "list the properties of an object", qom_list,
            ("paths",)),
    Command(("qom-set",), (kinds.FLAG + "j", kinds.WORD, kinds.WORD, kinds.REST), "[-j] path property value",
            "set a property of an object; -j: the value is JSON", qom_set, ("paths", "settable", "values")),
)
INFO_COMMANDS = (
    Command(("qom-tree",), (kinds.OPTIONAL_WORD,), "[path]", "show the object tree", info_qom_tree, ("paths",)),
)
