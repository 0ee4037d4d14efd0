"""A parsed line of the human monitor, for its execution and for what the console shows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from hmp.errors import HmpError
from hmp.grammar import terminals
from hmp.grammar.errors import ExpressionError, UnknownCommandError
from hmp.grammar.nodes import Node, OptionList
from hmp.grammar.opts import Option
from hmp.grammar.parameters import (
    OPTION_LISTS,
    Argument,
    Flag,
    FormatParameter,
    Parameter,
    Syntax,
    Words,
)


class CommandInfo:
    """A command as the grammar and help describe it; handlers are added by subclasses.

    `names` are its name and its aliases, and `parameters` is how help writes its arguments.
    """

    def __init__(self, names: tuple[str, ...], syntax: Syntax, parameters: str, help: str) -> None:
        self.names = names
        self.syntax = syntax
        self.parameters = parameters
        self.help = help

    @property
    def names_text(self) -> str:
        """The name with its aliases, as messages and help show it."""
        return "|".join(self.names)


C = TypeVar("C", bound=CommandInfo)
Registers = Mapping[str, int] | None
"""Those of the CPU that a line is about, by name, 0 for those that are missing; None: no CPU."""


class CommandSet(Generic[C]):
    """The commands, and the subcommands of info, by each of their names."""

    def __init__(self, commands: Mapping[str, C], info: Mapping[str, C]) -> None:
        self.commands = commands
        self.info = info

    def __contains__(self, command: C | None) -> bool:
        return command in self.commands.values() or command in self.info.values()


class ParsedLine(Generic[C]):
    """A parsed line, finished or not; `error` is the first error in it, if there is one.

    `subcommand` is the word after `info`. `command` is None for an empty line and for an unknown
    name. `arguments` are those that could be parsed, in the order of the line.
    """

    def __init__(self, text: str, name: Node, subcommand: Node | None, command: C | None) -> None:
        self.text = text
        self.name = name
        self.subcommand = subcommand
        self.command = command
        self.arguments: list[Argument] = []
        self.error: HmpError | None = None

    @property
    def command_end(self) -> int:
        """The offset after the words that name the command."""
        return (self.subcommand or self.name).end

    @property
    def values(self) -> dict[str, Any]:
        """The value of every parameter of the command by name, or its default."""
        found: dict[str, Any] = {}
        for parameter in self.command.syntax if self.command else ():
            written = [item.node.value for item in self.arguments if item.parameter is parameter]
            found[parameter.name] = (
                written if isinstance(parameter, Words) else next(iter(written), parameter.default)
            )
        return found

    @property
    def options(self) -> list[Option]:
        """The elements of the option list, if the line has one."""
        return next(
            (item.node.options for item in self.arguments if isinstance(item.node, OptionList)), []
        )

    @property
    def implied_key(self) -> str:
        """The key whose value the command's option list may begin with, empty without a list."""
        lists = (
            item
            for item in (self.command.syntax if self.command else ())
            if isinstance(item, OPTION_LISTS)
        )
        return next((item.implied_key for item in lists), "")

    @property
    def type_name(self) -> str:
        """The type that the option list is for, empty where none is given."""
        return self.value_of(self.implied_key) or ""

    def value_of(self, key: str) -> str | None:
        """Return the value of a key of the option list, None where it has none.

        The last one counts (docs/qemu-behaviour/startup.md §4).
        """
        return next(
            (
                option.value
                for option in reversed(self.options)
                if option.key == key and option.value_span
            ),
            None,
        )

    def place(self, cursor: int) -> Place:
        """Return the place of a cursor, an offset after the command's name."""
        before = [item for item in self.arguments if item.node.end < cursor]
        for item in self.arguments:
            if item.node.start <= cursor <= item.node.end:
                return Place(item.parameter, item.node.start, before[: self.arguments.index(item)])
        written = [item.parameter for item in before]
        # A flag or a /fmt may be left out: what is typed next can be the argument after it.
        left = (
            parameter
            for parameter in (self.command.syntax if self.command else ())
            if isinstance(parameter, Words)
            or not (isinstance(parameter, (Flag, FormatParameter)) or parameter in written)
        )
        return Place(next(left, None), cursor, before)


class Place:
    """The argument that a cursor is in, or would begin at `start`, and the arguments before it."""

    def __init__(self, parameter: Parameter | None, start: int, before: list[Argument]) -> None:
        self.parameter, self.start, self.before = parameter, start, before


def parse_line(
    text: str, known: CommandSet[C], registers: Callable[[], Registers] = dict
) -> ParsedLine[C]:
    """Parse a line (bytes, held in a Latin-1 str); its first error is in the result, not raised.

    `registers` returns those of the CPU that expressions look at, None where there is no CPU.
    """
    name, subcommand = _name(text, 0), None
    command = known.commands.get(name.value)
    # `info` alone is a command, which lists the subjects (docs/qemu-behaviour/monitor.md §1).
    if name.value == "info" and not _is_blank(text, name.end):
        subcommand = _name(text, name.end)
        command = known.info.get(subcommand.value)
    line = ParsedLine(text, name, subcommand, command)
    if command is not None:
        _parse_arguments(line, command, registers)
    elif not _is_blank(text, 0):
        # QEMU repeats the line from its first byte on (docs/qemu-behaviour/monitor.md §1).
        line.error = UnknownCommandError(text[: line.command_end], (subcommand or name).span)
    return line


def _name(text: str, at: int) -> Node:
    found = terminals.match(terminals.COMMAND_HEAD, text, at)
    assert found
    return Node(found["name"], *found.span("name"))


def _is_blank(text: str, at: int) -> bool:
    return terminals.compiled(terminals.BLANKS).fullmatch(text, at) is not None


def _parse_arguments(line: ParsedLine[C], command: C, registers: Callable[[], Registers]) -> None:
    if all(parameter.optional for parameter in command.syntax) and _is_blank(
        line.text, line.command_end
    ):
        return  # There is nothing to parse: `info status` must not wait for pyparsing.
    from hmp.grammar import expressions
    from hmp.grammar.syntax import command_line

    head = terminals.INFO_HEAD if line.subcommand else terminals.COMMAND_HEAD
    values = expressions.registers.set(registers() if "$" in line.text else None)
    try:
        found = (
            command_line(head, command.names_text, command.syntax).parse_string(line.text).as_list()
        )
    except RecursionError:
        # pyparsing recurses for every parenthesis (docs/differences.md).
        line.error = ExpressionError(
            "expression nested too deeply", span=(line.command_end, len(line.text))
        )
        return
    finally:
        expressions.registers.reset(values)
    line.error = next((item for item in found if isinstance(item, HmpError)), None)
    # Where an expression has an error, nobody knows where the next argument begins.
    readable = (
        found[: found.index(line.error)] if isinstance(line.error, ExpressionError) else found
    )
    line.arguments = [item for item in readable if isinstance(item, Argument)]
