"""QMP's messages: requests, whose members are checked in QEMU's order, and the greeting, errors and
events that the server sends, on one line or pretty (docs/qemu-behaviour/qmp.md §A1, §A2, §A4, §A6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hmp import QEMU_VERSION, __version__
from hmp.errors import HmpError, InputError, ParameterError
from hmp.json.encoder import dump, dump_plain, quote
from hmp.machine.events import Event

EXECUTE, EXEC_OOB = "execute", "exec-oob"


class Request(NamedTuple):
    """A command with its arguments as they arrived, in band or out of band."""

    command: str
    arguments: dict[str, object]
    out_of_band: bool


def parse_request(members: dict[str, object], oob_enabled: bool) -> Request:
    """Return the request of a message; InputError for the first member that is wrong.

    The order of the checks is QEMU's (docs/qemu-behaviour/qmp.md §A4).
    """
    # Unless it is enabled, exec-oob is as unknown as any other word.
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


Message = dict[str, object]
PRETTY_INDENT = 4


def version() -> Message:
    """Return the version in the greeting and query-version: QEMU's, with our package."""
    major, minor, micro = (int(part) for part in QEMU_VERSION.split("."))
    return {
        "qemu": {"micro": micro, "minor": minor, "major": major},
        "package": f"hmp {__version__}",
    }


def greeting() -> Message:
    """Return the first message of a connection."""
    return {"QMP": {"version": version(), "capabilities": ["oob"]}}


def event_message(event: Event) -> Message:
    """Return the message for an event."""
    seconds, microseconds = divmod(event.microseconds, 1_000_000)
    message: Message = {
        "timestamp": {"seconds": seconds, "microseconds": microseconds},
        "event": event.name,
    }
    if event.data:
        message["data"] = event.data
    return message


def error_reply(error: HmpError) -> Message:
    """Return the reply to a command that failed."""
    return {"error": {"class": error.qmp_class, "desc": error.message}}


def encode(message: Message, pretty: bool = False) -> bytes:
    """Return a message as the bytes that are sent."""
    if pretty:
        return (dump(message, indent=PRETTY_INDENT).replace("\n", "\r\n") + "\r\n").encode("ascii")
    # The client's id may be nested deeply or have fractions: only the full encoder can write it.
    members = (
        f'"{name}": {dump(value) if name == "id" else dump_plain(value)}'
        for name, value in message.items()
    )
    return f"{{{', '.join(members)}}}\r\n".encode("ascii")


class LongText:
    """A text that a command returns in parts, none of which ends within a character."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def __str__(self) -> str:
        return "".join(self.parts)


def encode_in_parts(message: Message, pretty: bool = False) -> Iterator[bytes]:
    """Yield a message as `encode` returns it, in parts where a LongText is returned."""
    text = message.get("return")
    if not isinstance(text, LongText):
        yield encode(message, pretty)
        return
    around = encode({**message, "return": ""}, pretty)
    # `return` is the first member, so that the first empty string is its value.
    inside = around.index(b'""') + 1
    yield around[:inside]
    for part in text.parts:
        yield quote(part)[1:-1].encode("ascii")
    yield around[inside:]
