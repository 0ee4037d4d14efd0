"""The members of a QMP request, checked in QEMU's order (docs/qemu-behaviour/qmp.md §A4)."""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import InputError, ParameterError

EXECUTE, EXEC_OOB = "execute", "exec-oob"


class Request(NamedTuple):
    """A command with its arguments as they arrived, in band or out of band."""

    command: str
    arguments: dict[str, object]
    out_of_band: bool


def parse_request(members: dict[str, object], oob_enabled: bool) -> Request:
    """Return the request of a message; InputError for the first member that is wrong."""
    callers = (EXECUTE, EXEC_OOB) if oob_enabled else (EXECUTE,)
    for name in members:
        if name not in (*callers, "arguments", "id"):
            raise ParameterError(name, f"QMP input member '{name}' is unexpected")
    for name in callers:
        if name in members and not isinstance(members[name], str):
            raise ParameterError(name, f"QMP input member '{name}' must be a string")
    arguments = members.get("arguments", {})
    if not isinstance(arguments, dict):
        raise ParameterError("arguments", "QMP input member 'arguments' must be an object")
    if all(name in members for name in (EXECUTE, EXEC_OOB)):
        raise InputError(f"QMP input member '{EXECUTE}' clashes with '{EXEC_OOB}'")
    command = members.get(EXECUTE, members.get(EXEC_OOB))
    if not isinstance(command, str):
        raise ParameterError(EXECUTE, f"QMP input lacks member '{EXECUTE}'")
    return Request(command, arguments, EXEC_OOB in members)
