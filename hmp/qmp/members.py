"""Reading what is inside of an argument by its type, with QEMU's messages
(docs/qemu-behaviour/qmp.md §A5).
"""

from __future__ import annotations

from typing import Any

from hmp.errors import MissingParameterError, ParameterTypeError, UnexpectedParameterError
from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp.types import BOOLEAN, INTEGER, STRING, Enumeration, List, Structure, Type

_JSON = QObjectVisitor()


def read_value(path: str, kind: Type, raw: object) -> Any:
    """Return a value of a type, all of it checked; `path` names it in messages.

    Raises:
        InputError: It has another type, or a member is missing, unexpected or wrong.
    """
    if kind == STRING:
        return _JSON.text(path, raw)
    if kind == BOOLEAN:
        return _JSON.boolean(path, raw)
    if kind == INTEGER:
        return _JSON.integer(path, raw, 64, True)
    if isinstance(kind, Enumeration):
        # QEMU says the word alone where it is none, and the path where it is no string.
        return _JSON.enumeration(path.rpartition(".")[2], _JSON.text(path, raw), kind.values)
    if isinstance(kind, List):
        if not isinstance(raw, list):
            raise ParameterTypeError(path, "array")
        return [
            read_value(f"{path}[{index}]", kind.element, item) for index, item in enumerate(raw)
        ]
    return read_members(path, kind, raw) if isinstance(kind, Structure) else raw


def read_members(path: str, kind: Structure, raw: object) -> dict[str, Any]:
    """Return the members of an object, all checked; the arguments of a command have an empty path.

    Raises:
        InputError: A member is missing, unexpected or wrong, or this is no object.
    """
    if not isinstance(raw, dict):
        raise ParameterTypeError(path, "object")
    found: dict[str, Any] = {}
    members = dict(kind.members)
    for name in list(members):
        _read_member(path, members, name, raw, found)
        if name == kind.tag:
            for more, more_kind in kind.variants[found[name]].members.items():
                members[more] = more_kind
                _read_member(path, members, more, raw, found)
    for name in raw:
        if name not in found:
            raise UnexpectedParameterError(_join(path, name))
    return found


def _read_member(
    path: str, members: dict[str, Type], name: str, raw: dict[str, Any], found: dict[str, Any]
) -> None:
    key = name.removesuffix("?")
    if key in raw:
        found[key] = read_value(_join(path, key), members[name], raw[key])
    elif key == name:
        raise MissingParameterError(_join(path, key))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
