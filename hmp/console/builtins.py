"""The commands that only the console has: explain, map, events, learn, and info mappings.

Each is a record; what they show is computed in packages without a terminal.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hmp.console.context import ConsoleContext
from hmp.console.output import Fragments
from hmp.encoding import to_unicode
from hmp.errors import HostError, InputError
from hmp.grammar.command_line import CommandInfo
from hmp.grammar.parameters import Refers, Rest, Syntax, Word


class ConsoleCommand(CommandInfo):
    """A command of the console: `run` takes the context and a value for each name of the syntax,
    and returns fragments.

    It may raise HmpError, like the handlers of the monitor's commands.
    """

    def __init__(
        self,
        name: str,
        parameters: str,
        help: str,
        run: Callable[..., Fragments],
        syntax: Syntax = (),
    ) -> None:
        super().__init__((name,), syntax, parameters, help)
        self.run = run


def _lines(lines: list[str]) -> Fragments:
    return [("", "".join(f"{line}\n" for line in lines))]


def _explain(ctx: ConsoleContext) -> Fragments:
    from hmp.assist.placement_report import explain

    return _lines(explain(ctx.machine))


def _map(ctx: ConsoleContext, option: str | None, file: str | None) -> Fragments:
    from hmp.memory_map.regions import spans

    if option == "--svg" and file:
        return _write_svg(ctx, to_unicode(file.strip()))
    if option is not None:
        raise InputError("usage: map [--svg FILE]")
    from hmp.memory_map.text import draw

    return draw(spans(ctx.machine), ctx.screen.size.columns)


def _write_svg(ctx: ConsoleContext, file: str) -> Fragments:
    from hmp.memory_map.regions import spans
    from hmp.memory_map.svg import draw_svg

    picture = draw_svg(spans(ctx.machine))
    try:
        with open(os.path.expanduser(file), "w", encoding="utf-8") as output:
            output.write(picture)
    except OSError as error:
        raise HostError(f"can't write {file}: {error.strerror}") from None
    return []


def _events(ctx: ConsoleContext, state: str | None) -> Fragments:
    if state not in (None, "on", "off"):
        raise InputError("usage: events [on|off]")
    if state is None:
        return _lines([f"events are {ctx.settings['events']}"])
    ctx.settings.turn("events", state == "on")
    return []


def _learn(ctx: ConsoleContext, lesson: str | None) -> Fragments:
    return ctx.learn(to_unicode(lesson or "").strip())


def _mappings(ctx: ConsoleContext) -> Fragments:
    from hmp.assist.mappings import mapping_lines

    return _lines(mapping_lines(ctx.machine))


_COMMANDS = (
    ConsoleCommand(
        "events",
        "[on|off]",
        "tell what happens to the machine, or not",
        _events,
        (Word("state", optional=True, choices=("on", "off")),),
    ),
    ConsoleCommand("explain", "", "how the last plug was placed, or why it could not be", _explain),
    ConsoleCommand(
        "learn",
        "[LESSON|./FILE.md|hint|show|stop]",
        "lessons that you type yourself",
        _learn,
        (Rest("lesson", Refers.LESSON, optional=True),),
    ),
    ConsoleCommand(
        "map",
        "[--svg FILE]",
        "draw the guest's memory to scale, or into a file",
        _map,
        (
            Word("option", optional=True, choices=("--svg",)),
            Rest("file", Refers.FILE, optional=True),
        ),
    ),
)
_INFO = (ConsoleCommand("mappings", "", "the host's mapping of every backend", _mappings),)
BUILTINS = {command.names[0]: command for command in _COMMANDS}
INFO_BUILTINS = {command.names[0]: command for command in _INFO}


def builtin_list() -> list[CommandInfo]:
    """All of them as help shows them."""
    info = (
        CommandInfo((f"info {item.names[0]}",), item.syntax, item.parameters, item.help)
        for item in _INFO
    )
    return [*_COMMANDS, *info]
