"""qom-list, qom-get, qom-set and info qom-tree (docs/qemu-behaviour/monitor.md §9)."""

from __future__ import annotations

from hmp.commands.command import CommandGroup
from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.grammar.parameters import Flag, Refers, Rest, Word
from hmp.machine.devices.plug import read_property, set_property
from hmp.machine.machine import Machine
from hmp.machine.qom.object import Object, find, find_to_list, resolve
from hmp.machine.qom.property import Visitor
from hmp.machine.qom.visitors import QObjectVisitor, StringInputVisitor

GROUP = CommandGroup()


def _find_listed(machine: Machine, path: str | None) -> Object | None:
    return None if path is None else find_to_list(machine.root, path)


@GROUP.add(
    "qom-list",
    syntax=(Word("path", Refers.PATH, optional=True),),
    parameters="path",
    help="list the properties of an object",
    check=_find_listed,
)
def qom_list(ctx: Context, path: str | None) -> str:
    """List the properties and children of an object; without a path, what QEMU prints: a slash."""
    found = _find_listed(ctx.machine, path)
    return (
        "/\n"
        if found is None
        else "".join(f"{name} ({kind})\n" for name, kind in found.list_properties())
    )


def _value(machine: Machine, path: str, property: str) -> object:
    return find(machine.root, path).get(property)


@GROUP.add(
    "qom-get",
    syntax=(Word("path", Refers.PATH), Word("property", Refers.PROPERTY)),
    parameters="path property",
    help="show a property of an object",
    check=_value,
)
def qom_get(ctx: Context, path: str, property: str) -> str:
    """Show the value of a property as JSON."""
    from hmp.json.encoder import dump

    return dump(_value(ctx.machine, path, property), indent=4) + "\n"


def _parse_value(json: bool, value: str) -> tuple[Visitor, object]:
    if not json:
        return StringInputVisitor(), value
    from hmp.json.parser import parse_json

    return QObjectVisitor(), parse_json(value)


def _check_qom_set(machine: Machine, json: bool, path: str, property: str, value: str) -> None:
    visitor, raw = _parse_value(json, value)
    read_property(machine, find(machine.root, path), property, raw, visitor)


@GROUP.add(
    "qom-set",
    syntax=(
        Flag("json", "j"),
        Word("path", Refers.PATH),
        Word("property", Refers.SETTABLE_PROPERTY),
        Rest("value", Refers.PROPERTY_VALUE),
    ),
    parameters="[-j] path property value",
    help="set a property of an object; -j: the value is JSON",
    check=_check_qom_set,
)
def qom_set(ctx: Context, json: bool, path: str, property: str, value: str) -> str:
    """Set a property from text or, with -j, from JSON, which is parsed before anything else."""
    visitor, raw = _parse_value(json, value)
    set_property(ctx.machine, find(ctx.machine.root, path), property, raw, visitor)
    return ""


class UnresolvedPathError(StateError):
    """The path of info qom-tree leads to no object, or to several."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Path '{path}' could not be resolved.", prefix=False)
        self.path = path


def _find_in_tree(machine: Machine, path: str | None) -> Object:
    wanted = "/machine" if path is None else path
    found, _ambiguous = resolve(machine.root, wanted)
    if found is None:
        raise UnresolvedPathError(wanted)
    return found


@GROUP.add_info(
    "qom-tree",
    syntax=(Word("path", Refers.PATH, optional=True),),
    parameters="[path]",
    help="show the object tree",
    check=_find_in_tree,
)
def info_qom_tree(ctx: Context, path: str | None) -> str:
    """Show an object and everything below it."""
    ctx.machine.onboard.ensure()
    return _tree(_find_in_tree(ctx.machine, path), 0)


def _tree(node: Object, depth: int) -> str:
    below = "".join(_tree(node.children[name], depth + 1) for name in sorted(node.children))
    return f"{'  ' * depth}/{node.name} ({node.type_name})\n{below}"
