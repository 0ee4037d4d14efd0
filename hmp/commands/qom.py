"""qom-list, qom-get, qom-set and info qom-tree (docs/qemu-behaviour/monitor.md §9);
`lazy_objects.py` has their records.
"""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.machine.devices.plug import read_property, set_property
from hmp.machine.machine import Machine
from hmp.machine.qom.object import Object, find, find_to_list, resolve
from hmp.machine.qom.property import Visitor
from hmp.machine.qom.visitors import QObjectVisitor, StringInputVisitor


def check_qom_list(machine: Machine, path: str | None) -> Object | None:
    """Return the object to list; raise HmpError when there is none."""
    return None if path is None else find_to_list(machine.root, path)


def qom_list(ctx: Context, path: str | None) -> str:
    """List the properties and children of an object; without a path, what QEMU prints: a slash."""
    found = check_qom_list(ctx.machine, path)
    return (
        "/\n"
        if found is None
        else "".join(f"{name} ({kind})\n" for name, kind in found.list_properties())
    )


def check_qom_get(machine: Machine, path: str, property: str) -> object:
    """Return the value of a property; raise HmpError when there is none."""
    return find(machine.root, path).get(property)


def qom_get(ctx: Context, path: str, property: str) -> str:
    """Show the value of a property as JSON."""
    from hmp.json.encoder import dump

    return dump(check_qom_get(ctx.machine, path, property), indent=4) + "\n"


def _parse_value(json: bool, value: str) -> tuple[Visitor, object]:
    if not json:
        return StringInputVisitor(), value
    from hmp.json.parser import parse_json

    return QObjectVisitor(), parse_json(value)


def check_qom_set(machine: Machine, json: bool, path: str, property: str, value: str) -> None:
    """Raise the error that qom-set would raise."""
    visitor, raw = _parse_value(json, value)
    read_property(machine, find(machine.root, path), property, raw, visitor)


def try_qom_set(machine: Machine, json: bool, path: str, property: str, value: str) -> None:
    """Raise the error that qom-set would; of setters only that of virtio-mem's size is known."""
    from hmp.machine.devices.virtio_mem import VirtioMem, VirtioMemPci

    visitor, raw = _parse_value(json, value)
    target = find(machine.root, path)
    item, read = read_property(machine, target, property, raw, visitor)
    memory = target.vdev if isinstance(target, VirtioMemPci) else target
    if isinstance(memory, VirtioMem) and item is VirtioMem.requested_size and memory.realized:
        assert isinstance(read, int)
        memory.check_requested(read)
    elif item.has_setter:
        raise StateError(f"what {property} accepts is known only when it is set")


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


def check_qom_tree(machine: Machine, path: str | None) -> Object:
    """Return the object at a path; raise UnresolvedPathError when there is none, or several."""
    wanted = "/machine" if path is None else path
    found, _ambiguous = resolve(machine.root, wanted)
    if found is None:
        raise UnresolvedPathError(wanted)
    return found


def info_qom_tree(ctx: Context, path: str | None) -> str:
    """Show an object and everything below it."""
    ctx.machine.onboard.ensure()
    return _tree(check_qom_tree(ctx.machine, path), 0)


def _tree(node: Object, depth: int) -> str:
    below = "".join(_tree(node.children[name], depth + 1) for name in sorted(node.children))
    return f"{'  ' * depth}/{node.name} ({node.type_name})\n{below}"
