"""Define the commands that only the console has: explain, map, events, learn, info mappings."""

from __future__ import annotations

import os
from collections.abc import Callable

from hmp.console.context import ConsoleContext
from hmp.console.output import Fragments
from hmp.encoding import to_unicode
from hmp.errors import HostError, InputError
from hmp.files import open_regular, reason_of, write_all
from hmp.grammar.command_line import CommandInfo
from hmp.grammar.parameters import Refers, Rest, Syntax, Word


class ConsoleCommand(CommandInfo):
    """A command of the console.

    `run` takes the context and, by name, a value for each parameter of the syntax; it returns
    fragments or raises HmpError.
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


def _to_fragments(lines: list[str]) -> Fragments:
    return [("", "".join(f"{line}\n" for line in lines))]


def _explain(ctx: ConsoleContext) -> Fragments:
    from hmp.assist.placement_report import explain

    return _to_fragments(explain(ctx.machine))


def _map(ctx: ConsoleContext, option: str | None, file: str | None) -> Fragments:
    from hmp.memory_map.regions import map_regions

    if option == "--svg" and file:
        return _write_svg(ctx, to_unicode(file.strip()))
    if option is not None:
        raise InputError("usage: map [--svg FILE]")
    from hmp.memory_map.text import draw_text

    return draw_text(map_regions(ctx.machine), ctx.output.size.columns)


def _write_svg(ctx: ConsoleContext, file: str) -> Fragments:
    from hmp.memory_map.regions import map_regions
    from hmp.memory_map.svg import draw_svg

    picture = draw_svg(map_regions(ctx.machine)).encode()
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        descriptor = open_regular(os.path.expanduser(file), flags)
        try:
            write_all(descriptor, picture)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HostError(f"can't write {file}: {reason_of(error)}") from None
    return []


def _events(ctx: ConsoleContext, state: str | None) -> Fragments:
    if state not in (None, "on", "off"):
        raise InputError("usage: events [on|off]")
    if state is None:
        return _to_fragments([f"events are {ctx.settings['events']}"])
    ctx.settings.set_enabled("events", state == "on")
    return []


def _learn(ctx: ConsoleContext, lesson: str | None) -> Fragments:
    return ctx.learn(to_unicode(lesson or "").strip())


def _mappings(ctx: ConsoleContext) -> Fragments:
    from hmp.assist.mappings import mapping_lines

    return _to_fragments(mapping_lines(ctx.machine))


_COMMANDS = (
    ConsoleCommand(
        "events",
        "[on|off]",
        "print the machine's events above the prompt, or not",
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
    """Return the console's commands as help lists them, `info mappings` included."""
    info = (
        CommandInfo((f"info {item.names[0]}",), item.syntax, item.parameters, item.help)
        for item in _INFO
    )
    return [*_COMMANDS, *info]
