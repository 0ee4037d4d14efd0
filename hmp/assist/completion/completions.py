"""Complete a parsed line at the cursor: commands, types, keys, values and arguments.

This is the console's completion. That of HMP sockets, which is QEMU's, is in
`hmp.serve.readline.completion`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hmp.assist.completion import candidates
from hmp.assist.completion.arguments import (
    WordContext,
    command_candidates,
    type_candidates,
    word_candidates,
)
from hmp.assist.completion.candidates import Candidate
from hmp.assist.completion.fuzzy import fuzzy_matches
from hmp.assist.completion.values import value_candidates
from hmp.assist.help.descriptions import description_of, type_label
from hmp.assist.properties import is_needed, settable_options
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine
from hmp.grammar.errors import ExpressionError
from hmp.grammar.opts import Option
from hmp.grammar.parameters import Expression, Flag, Refers
from hmp.machine.machine import Machine


class Completion(NamedTuple):
    """A text that may replace the line from `start` (bytes) to the cursor, and its menu entry."""

    text: str
    start: int
    display: str
    kind: str
    description: str


class _Candidates(NamedTuple):
    """The candidates for the line from `start` to the cursor; `suffix` follows complete ones."""

    start: int
    items: Iterable[Candidate] = ()
    suffix: str = ""


def completions(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> list[Completion]:
    """Return what may be typed at the cursor (an offset in bytes).

    It begins with the typed part; where nothing does, it contains it, or else its letters in order.
    """
    start, items, suffix = _at_cursor(machine, known, line, cursor)
    typed = line.text[start:cursor]
    possible = list(items)
    matching = [item for item in possible if item.text.startswith(typed)]
    if not matching and len(typed) > 1:
        matching = [item for item in possible if typed in item.text]
    if not matching:
        matching = fuzzy_matches([*possible, *_info_lines(known, line, cursor)], typed)
    return [
        Completion(
            item.text + item.suffix + ("" if item.is_partial else suffix),
            start,
            item.text,
            item.kind,
            item.description,
        )
        for item in dict.fromkeys(matching)
    ]


def _info_lines(
    known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> Iterator[Candidate]:
    """Yield the subcommands of info with it, where a command is typed."""
    if cursor <= line.name.end:
        for item in command_candidates(known.info):
            yield item._replace(text=f"info {item.text}")


def _at_cursor(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> _Candidates:
    if cursor <= line.name.end:
        return _Candidates(min(line.name.start, cursor), command_candidates(known.commands))
    if line.name.value == "info" and (line.subcommand is None or cursor <= line.subcommand.end):
        return _Candidates(
            min(line.subcommand.start, cursor) if line.subcommand else cursor,
            command_candidates(known.info),
        )
    if line.command is None:
        return _Candidates(cursor)
    if line.implied_key:
        return _in_option_list(machine, line, cursor)
    return _in_words(machine, known, line, cursor)


def _in_words(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> _Candidates:
    place = line.place(cursor)
    parameter, start, before = place.parameter, place.start, place.before
    if isinstance(line.error, ExpressionError) and isinstance(parameter, Expression) and before:
        return _file_after_expression(line, cursor)
    if parameter is None:
        return _Candidates(cursor)
    # After an expression an unquoted file name would be read as its continuation
    # (docs/qemu-behaviour/monitor.md §4).
    is_file = parameter.refers_to in (Refers.FILE, Refers.SCRIPT)
    if is_file and line.text[start : start + 1] == '"':
        return _Candidates(start + 1, candidates.files(line.text[start + 1 : cursor]), '"')
    if is_file and before and isinstance(before[-1].parameter, Expression):
        return _Candidates(start, _quoted(line.text[start:cursor]))
    values = [item.node.value for item in before if not isinstance(item.parameter, Flag)]
    context = WordContext(machine, known, values, line.text[start:cursor])
    return _Candidates(start, word_candidates(context, parameter))


def _file_after_expression(line: ParsedLine[CommandInfo], cursor: int) -> _Candidates:
    """Complete an unquoted file name after an expression, of which its slash became an operator.

    Such a name can't be parsed (docs/qemu-behaviour/monitor.md §4); completing it adds the quotes.
    """
    start = max(line.text.rfind(blank, 0, cursor) for blank in " \t") + 1
    takes_file = line.command and any(
        parameter.refers_to == Refers.FILE for parameter in line.command.syntax
    )
    typed = line.text[start:cursor]
    return _Candidates(start, _quoted(typed) if takes_file and typed[:1] == "/" else ())


def _quoted(typed: str) -> Iterable[Candidate]:
    return (candidate._replace(text=f'"{candidate.text}') for candidate in candidates.files(typed))


def _in_option_list(machine: Machine, line: ParsedLine[CommandInfo], cursor: int) -> _Candidates:
    """Complete a type, a key or a value."""
    if not line.arguments:
        return _Candidates(cursor, type_candidates(machine, line.implied_key), ",")
    node = line.arguments[0].node
    option = next(
        (option for option in reversed(line.options) if option.key_span[0] <= cursor), None
    )
    if option is None or cursor > node.end:
        return _Candidates(cursor)
    if option.end < cursor:
        return _Candidates(cursor, _missing_keys(machine, line, ""))
    if option.value_span is None or cursor <= option.key_span[1] < option.value_span[0]:
        return _Candidates(
            option.key_span[0],
            _missing_keys(machine, line, line.text[option.key_span[0] : cursor], option),
        )
    start = option.value_span[0]
    if option.key == line.implied_key:
        return _Candidates(start, type_candidates(machine, line.implied_key), ",")
    item = settable_options(line.implied_key, line.type_name, machine.type_source).get(option.key)
    return _Candidates(
        start, value_candidates(machine, line, item, line.text[start:cursor]) if item else ()
    )


def _missing_keys(
    machine: Machine, line: ParsedLine[CommandInfo], typed: str, present: Option | None = None
) -> Iterator[Candidate]:
    """Yield the keys that are not given yet; those that begin with x- only after a typed x."""
    given = {option.key for option in line.options if not typed or option is not present}
    for name, item in settable_options(
        line.implied_key, line.type_name, machine.type_source
    ).items():
        if name not in given and (typed[:1] == "x" or not name.startswith("x-")):
            needed = "required" if item.required else "needed" if is_needed(item) else ""
            yield Candidate(
                f"{name}=",
                ", ".join(filter(None, (type_label(item.type), needed))),
                description_of(item),
            )
