"""From the rest of a line to a command's arguments, by the kinds that the command declares (spec/monitor.md section 2).

What a fault prints is decided here once for every command; no command is known by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.commands import command as kinds
from hmp.errors import InputError
from hmp.grammar import formats, options, words

if TYPE_CHECKING:
    from hmp.commands.command import Command
    from hmp.monitor import Monitor

LIMIT_32 = 1 << 32


class ArgumentError(Exception):
    """The arguments can't be read; `shown` is what the monitor prints before the Try line, newline included."""

    def __init__(self, shown: str = "") -> None:
        super().__init__(shown)
        self.shown = shown


def read_arguments(monitor: Monitor, command: Command, line: str, at: int) -> list[object]:
    """The arguments of a command from `at` on; ArgumentError with what to print."""
    values: list[object] = []
    value: object
    for index, kind in enumerate(command.kinds):
        if kind.startswith(kinds.FLAG):
            value, at = _flag(command, index, line, at)
        else:
            value, at = _READERS[kind](monitor, command, line, at)
        values.append(value)
    if words.skip_blanks(line, at) < len(line):
        raise ArgumentError(f"{command.title}: extraneous characters at the end of line\n")
    return values


def _word(monitor: Monitor, command: Command, line: str, at: int) -> tuple[object, int]:
    value, at = _optional_word(monitor, command, line, at)
    if value is None:
        raise ArgumentError(f"{command.title}: string expected\n")
    return value, at


def _optional_word(monitor: Monitor, command: Command, line: str, at: int) -> tuple[object, int]:
    try:
        found = words.read_word(line, at)
    except words.QuotingError as fault:
        monitor.to_stdout(f"{fault}\n")
        raise ArgumentError(f"{command.title}: string expected\n") from None
    return (found.value, found.end) if found else (None, at)


def _rest(monitor: Monitor, command: Command, line: str, at: int) -> tuple[object, int]:
    found = words.read_rest(line, at)
    if found is None:
        raise ArgumentError(f"{command.title}: string expected\n")
    return found.value, found.end


def _optional_rest(monitor: Monitor, command: Command, line: str, at: int) -> tuple[object, int]:
    found = words.read_rest(line, at)
    return (found.value, found.end) if found else ("", len(line))


def _options(monitor: Monitor, command: Command, line: str, at: int) -> tuple[object, int]:
    """An option list; its own faults go to the process's stderr and leave only the Try line."""
    try:
        found = words.read_word(line, at)
    except words.QuotingError as fault:
        monitor.to_stdout(f"{fault}\n")
        raise ArgumentError from None
    if found is None:
        return [], at
    items = options.read_options(found.value, "driver")
    identifier = next((item.value for item in items if item.key == "id"), None)
    try:
        if identifier is not None:
            options.check_identifier(identifier)
    except InputError as error:
        monitor.to_stderr(error.message, *error.hints)
        raise ArgumentError from None
    for item in items:
        if item.short and item.short not in options.HELP_WORDS:
            monitor.to_stderr(*options.short_form_warning(item))
    return items, found.end


def _number(monitor: Monitor, command: Command, line: str, at: int) -> tuple[object, int]:
    from hmp.grammar.expressions import read_expression

    try:
        return read_expression(line, at)
    except InputError as error:
        raise ArgumentError(f"{error.message}\n") from None


def _number_32(monitor: Monitor, command: Command, line: str, at: int) -> tuple[object, int]:
    value, at = _number(monitor, command, line, at)
    assert isinstance(value, int)
    if not 0 <= value < LIMIT_32:
        raise ArgumentError(f"'{command.title}' has failed: integer is for 32-bit values\n")
    return value, at


def _format(monitor: Monitor, command: Command, line: str, at: int) -> tuple[object, int]:
    try:
        found, at = formats.read_format(line, at)
    except InputError as error:
        raise ArgumentError(f"{error.message}\n") from None
    return monitor.remember_format(found), at


def _flag(command: Command, index: int, line: str, at: int) -> tuple[bool, int]:
    """Whether the flag that the command declares as argument `index` is here; a later flag's letter leaves it unset."""
    start = words.skip_blanks(line, at)
    if line[start : start + 1] != "-":
        return False, at
    letter = line[start + 1 : start + 2]
    flags = [kind.removeprefix(kinds.FLAG) for kind in command.kinds[index:] if kind.startswith(kinds.FLAG)]
    if letter == flags[0]:
        return True, start + 2
    if letter and letter in flags:
        return False, at
    end = "\n" if letter else ""
    raise ArgumentError(f"{command.title}: unsupported option -{letter}{end}")


_READERS: dict[str, Callable[[Monitor, Command, str, int], tuple[object, int]]] = {
    kinds.WORD: _word,
    kinds.OPTIONAL_WORD: _optional_word,
    kinds.REST: _rest,
    kinds.OPTIONAL_REST: _optional_rest,
    kinds.OPTIONS: _options,
    kinds.NUMBER: _number,
    kinds.NUMBER_32: _number_32,
    kinds.FORMAT: _format,
}
