"""The commands that only the console has: explain, map, events, learn, and info mappings.

Each is a record; what they show is computed in rooms without a terminal.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hmp.commands.help import help_line
from hmp.console.screen import Fragments
from hmp.errors import HostError, InputError

if TYPE_CHECKING:
    from hmp.console.console import Console


class OwnCommand(NamedTuple):
    """A command of the console: `run` takes the console and what stands after the name, and gives what to show.

    It may raise HmpError, like the handlers of the monitor's commands.
    """

    names: tuple[str, ...]
    parameters: str
    help: str
    run: Callable[[Console, str], Fragments]
    completes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name as help shows it."""
        return "|".join(self.names)


def _lines(lines: list[str]) -> Fragments:
    return [("", "".join(f"{line}\n" for line in lines))]


def _explain(console: Console, argument: str) -> Fragments:
    from hmp.assist.explanation import explain

    _takes_nothing("explain", argument)
    return _lines(explain(console.machine))


def _takes_nothing(name: str, argument: str) -> None:
    if argument:
        raise InputError(f"{name} takes nothing after it")


def _map(console: Console, argument: str) -> Fragments:
    from hmp.picture.spans import spans

    word, _blank, file = argument.partition(" ")
    if word == "--svg" and file.strip():
        return _write_svg(console, file.strip())
    if argument:
        raise InputError("usage: map [--svg FILE]")
    from hmp.picture.text import draw

    return draw(spans(console.machine), console.screen.size.columns)


def _write_svg(console: Console, file: str) -> Fragments:
    from hmp.picture.spans import spans
    from hmp.picture.svg import draw_svg

    picture = draw_svg(spans(console.machine))
    try:
        with open(os.path.expanduser(file), "w", encoding="utf-8") as output:
            output.write(picture)
    except OSError as error:
        raise HostError(f"can't write {file}: {error.strerror}") from None
    return []


def _events(console: Console, argument: str) -> Fragments:
    if argument not in ("", "on", "off"):
        raise InputError("usage: events [on|off]")
    if argument:
        console.settings.turn("events", argument == "on")
        return []
    return _lines([f"events are {console.settings['events']}"])


def _learn(console: Console, argument: str) -> Fragments:
    return console.teacher.told(argument)


def _mappings(console: Console, argument: str) -> Fragments:
    from hmp.assist.mappings import mapping_lines

    _takes_nothing("info mappings", argument)
    return _lines(mapping_lines(console.machine))


OWN_COMMANDS = {
    "events": OwnCommand(("events",), "[on|off]", "tell what happens to the machine, or not", _events,
                         ("words:on|off",)),
    "explain": OwnCommand(("explain",), "", "how the last plug was placed, or why it could not be", _explain),
    "learn": OwnCommand(("learn",), "[LESSON|./FILE.md|hint|show|stop]", "lessons that you type yourself", _learn,
                        ("lessons",)),
    "map": OwnCommand(("map",), "[--svg FILE]", "draw the guest's memory to scale, or into a file", _map,
                      ("words:--svg", "files")),
}
OWN_INFO = {
    "mappings": OwnCommand(("mappings",), "", "the host's mapping of every backend", _mappings),
}


def own_reply(console: Console, name: str, argument: str) -> Callable[[], Fragments] | None:
    """What gives the reply to a line when the console itself has one: a command of its own, or help on one."""
    if name == "info":
        subject, _blank, rest = argument.partition(" ")
        found = OWN_INFO.get(subject)
        return (lambda: found.run(console, rest.strip())) if found else None
    if name in ("help", "?"):
        asked = next((command for command in own_list() if argument in command.names), None)
        return (lambda: [("", help_line(asked))]) if asked else None
    own = OWN_COMMANDS.get(name)
    return (lambda: own.run(console, argument)) if own else None


def own_list() -> list[OwnCommand]:
    """All of them as help shows them."""
    return [*OWN_COMMANDS.values(), *(command._replace(names=(f"info {name}",)) for name, command in OWN_INFO.items())]
