"""The commands about the run of a script or a console: wait, sleep, source and save."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial

from hmp.commands.command import Command
from hmp.commands.context import Context
from hmp.encoding import to_unicode
from hmp.errors import HostError, InputError, StateError
from hmp.files import open_regular, reason_of, write_all
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.grammar.parameters import Refers, Word
from hmp.guest.policy import parse_seconds
from hmp.machine.events import EVENTS, Event
from hmp.session.lines import read_script
from hmp.session.session import Session

Handler = Callable[..., str | Iterator[str]]
WAIT_S, POLL_S = 30.0, 0.02
# A saved script may have the data of a secret; it can be run as a program.
MODE = 0o700


class EventNotFoundError(InputError):
    """There is no event of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no event '{name}'; there are {', '.join(EVENTS)}")
        self.name = name


class EventTimeoutError(StateError):
    """An event did not come in time; `others` are the names of those that came."""

    def __init__(self, name: str, seconds: float, others: list[str]) -> None:
        came = f"; there were {', '.join(others)}" if others else ""
        super().__init__(f"no {name} within {seconds:g} s{came}")
        self.name, self.seconds, self.others = name, seconds, others


def describe_event(event: Event) -> str:
    """Return an event as `wait` prints it: its name, and its data as JSON."""
    from hmp.json.encoder import dump

    return f"{event.name} {dump(event.data)}" if event.data else event.name


def _wait(session: Session, ctx: Context, event: str, seconds: str | None) -> Iterator[str]:
    name = event.upper()
    if name not in EVENTS:
        raise EventNotFoundError(event)
    limit = WAIT_S if seconds is None else parse_seconds("seconds", seconds)
    return _until_event(session, name, limit)


def _until_event(session: Session, name: str, limit: float) -> Iterator[str]:
    end = time.monotonic() + limit
    while not (found := session.take_event(name)):
        left = end - time.monotonic()
        if left <= 0:
            others = list(dict.fromkeys(event.name for event in session.events))
            raise EventTimeoutError(name, limit, others)
        session.pause(min(left, POLL_S))
        yield ""
    session.awaited = found
    yield f"{describe_event(found)}\n"


def _sleep(session: Session, ctx: Context, seconds: str) -> Iterator[str]:
    end = time.monotonic() + parse_seconds("seconds", seconds)
    return _until(session, end)


def _until(session: Session, end: float) -> Iterator[str]:
    while (left := end - time.monotonic()) > 0:
        session.pause(min(left, POLL_S))
        yield ""


def _source(session: Session, ctx: Context, file: str) -> str:
    session.source(file, read_script(os.path.expanduser(file)))
    return ""


def _save(session: Session, ctx: Context, file: str) -> str:
    path = os.path.expanduser(to_unicode(file))
    try:
        descriptor = open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE)
        try:
            write_all(descriptor, session.script.encode("latin-1"))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HostError(f"can't write {file}: {reason_of(error)}") from None
    return ""


_HANDLERS: dict[CommandInfo, Handler] = {
    CommandInfo(
        ("wait",),
        (Word("event", choices=EVENTS), Word("seconds", optional=True)),
        "event [seconds]",
        "wait until an event has come, 30 seconds at most",
    ): _wait,
    CommandInfo(("sleep",), (Word("seconds"),), "seconds", "let time pass, such as 0.5 or 20ms"): (
        _sleep
    ),
    CommandInfo(
        ("source",), (Word("file", Refers.SCRIPT),), "file", "run the commands in a file"
    ): _source,
    CommandInfo(
        ("save",),
        (Word("file", Refers.FILE),),
        "file",
        "write what was accepted into a file that runs again",
    ): _save,
}
SESSION_COMMANDS = {command.names[0]: command for command in _HANDLERS}


def known_commands(session: Session, known: CommandSet[Command]) -> CommandSet[Command]:
    """Return the commands of a monitor and those about a run."""
    own = {
        info.names[0]: Command(
            info.names, info.syntax, info.parameters, info.help, partial(handler, session)
        )
        for info, handler in _HANDLERS.items()
    }
    return CommandSet({**known.commands, **own}, known.info)
