"""The messages that a QMP server sends: greeting, errors and events, on one line or pretty
(docs/qemu-behaviour/qmp.md §A1, §A2, §A6).
"""

from __future__ import annotations

from hmp import QEMU_VERSION, __version__
from hmp.errors import HmpError
from hmp.json.encoder import dump, dump_plain
from hmp.machine.events import Event

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
