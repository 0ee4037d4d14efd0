"""Define the commands of the console alone, such as explain, map, events and info mappings."""

from __future__ import annotations

from collections.abc import Callable

from hmp.console.context import ConsoleContext
from hmp.console.execution.prefix import TIME, WATCH, WATCH_USAGE
from hmp.console.output import Fragments
from hmp.encoding import to_unicode
from hmp.errors import InputError, StateError
from hmp.grammar.command_line import CommandInfo
from hmp.grammar.parameters import Refers, Rest, Syntax, Word
from hmp.session.commands import SESSION_COMMANDS
from hmp.session.pictures import EXPLAIN, MAP, MAPPINGS, SVG_OPTION, MapUsageError
from hmp.text import wrap


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

    @classmethod
    def of(cls, info: CommandInfo, run: Callable[..., Fragments]) -> ConsoleCommand:
        """Return the console's form of a command that scripts have, too."""
        return cls(info.names[0], info.parameters, info.help, run, info.syntax)


def _to_fragments(lines: list[str]) -> Fragments:
    return [("", "".join(f"{line}\n" for line in lines))]


def _explain(ctx: ConsoleContext) -> Fragments:
    from hmp.assist.placement_report import explain

    return _to_fragments(explain(ctx.machine, ctx.output.size.columns, ctx.output.in_words))


def _map(ctx: ConsoleContext, option: str | None, file: str | None) -> Fragments:
    from hmp.memory_map.regions import memory_map

    if option == SVG_OPTION and file:
        from hmp.memory_map.file import write_svg

        write_svg(ctx.machine, to_unicode(file.strip()))
        return []
    if option is not None:
        raise MapUsageError
    from hmp.memory_map.text import draw_text
    from hmp.memory_map.words import tell

    memory, width = memory_map(ctx.machine), ctx.output.size.columns
    if ctx.output.in_words:
        return _to_fragments([line for text in tell(memory) for line in wrap(text, width)])
    return draw_text(memory, width)


def _events(ctx: ConsoleContext, state: str | None) -> Fragments:
    if state not in (None, "on", "off"):
        raise InputError("usage: events [on|off]")
    if state is None:
        return _to_fragments([f"events are {ctx.settings['events']}"])
    ctx.settings.set_enabled("events", state == "on")
    return []


def _learn(ctx: ConsoleContext, lesson: str | None) -> Fragments:
    if not ctx.machine.simulates_guest:
        raise StateError("lessons are for hmp's own machine: start hmp without --connect")
    return ctx.learn(to_unicode(lesson or "").strip())


def _keys(ctx: ConsoleContext) -> Fragments:
    from hmp.console.prompt.keys import key_lines

    return _to_fragments([*key_lines(ctx.output.size.columns)])


def _time(ctx: ConsoleContext, command: str | None) -> Fragments:
    # Before a command it is a prefix.
    raise InputError("usage: time COMMAND")


def _watch(ctx: ConsoleContext, command: str | None) -> Fragments:
    raise InputError(WATCH_USAGE)


def _alias(ctx: ConsoleContext, definition: str | None) -> Fragments:
    text = to_unicode(definition or "").strip()
    if "=" in text:
        ctx.define_alias(text)
        return []
    known = ctx.aliases.lines
    if text and text not in known:
        raise InputError(f"there is no alias '{text}'; NAME = LINE makes one")
    shown = [text] if text else sorted(known)
    return _to_fragments([f"{name} = {known[name]}" for name in shown])


def _mappings(ctx: ConsoleContext) -> Fragments:
    from hmp.assist.mappings import mapping_lines

    return _to_fragments(mapping_lines(ctx.machine, ctx.output.size.columns))


KEYS = ConsoleCommand("keys", "", "list the keys of the prompt, as F1 and help keys do", _keys)


def _undo(ctx: ConsoleContext) -> Fragments:
    return ctx.undo()


def _redo(ctx: ConsoleContext) -> Fragments:
    ctx.redo()
    return []


_COMMANDS = (
    ConsoleCommand(
        "alias",
        "[NAME [= LINE]]",
        "call a line by a name from now on, or list the names",
        _alias,
        (Rest("definition", Refers.LINE, optional=True),),
    ),
    ConsoleCommand(
        "events",
        "[on|off]",
        "print the machine's events above the prompt, or not",
        _events,
        (Word("state", optional=True, choices=("on", "off")),),
    ),
    ConsoleCommand.of(EXPLAIN, _explain),
    KEYS,
    ConsoleCommand(
        "learn",
        "[LESSON|./FILE.md|hint|show|...]",
        "lessons that you type yourself",
        _learn,
        (Rest("lesson", Refers.LESSON, optional=True),),
    ),
    ConsoleCommand.of(MAP, _map),
    ConsoleCommand("redo", "", "run the line again that undo took back", _redo),
    ConsoleCommand(
        TIME,
        "COMMAND",
        "run a command, and show how long it took",
        _time,
        (Rest("command", Refers.LINE, optional=True),),
    ),
    ConsoleCommand("undo", "", "go back to before the last line that changed something", _undo),
    ConsoleCommand(
        WATCH,
        "[SECONDS] COMMAND",
        "show a reply every 2 s until a key, changes marked",
        _watch,
        (Rest("command", Refers.LINE, optional=True),),
    ),
)
_INFO = (ConsoleCommand.of(MAPPINGS, _mappings),)
BUILTINS = {command.names[0]: command for command in _COMMANDS}
INFO_BUILTINS = {command.names[0]: command for command in _INFO}


def builtin_list() -> list[CommandInfo]:
    """Return the console's commands as help lists them, `info mappings` included."""
    info = (
        CommandInfo((f"info {item.names[0]}",), item.syntax, item.parameters, item.help)
        for item in _INFO
    )
    commands = sorted((*_COMMANDS, *SESSION_COMMANDS.values()), key=lambda item: item.names)
    return [*commands, *info]
