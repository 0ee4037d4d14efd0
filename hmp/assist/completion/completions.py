"""What may stand at the cursor: from the parsed line, the command's record, the declarations and
the live machine.

How it is shown is the console's business; on a socket it is QEMU's
(`hmp.serve.readline_completion`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hmp.assist.completion import candidates
from hmp.assist.completion.arguments import WordContext, described, types, word_candidates
from hmp.assist.completion.candidates import Candidate
from hmp.assist.completion.values import value_candidates
from hmp.assist.help.descriptions import description_of, type_text
from hmp.assist.properties import is_needed, settable
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine
from hmp.grammar.errors import ExpressionError
from hmp.grammar.opts import Option
from hmp.grammar.parameters import Expression, Flag, Refers
from hmp.machine.machine import Machine


class Choice(NamedTuple):
    """A text that may replace the line from `start` to the cursor, what its menu entry shows, its
    type and meaning.
    """

    text: str
    start: int
    shown: str
    label: str
    meaning: str


class _Answer(NamedTuple):
    """Where the part under the cursor starts, what may stand there, and what follows it."""

    start: int
    candidates: Iterable[Candidate] = ()
    suffix: str = ""


def choices(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> list[Choice]:
    """What may stand at the cursor: what begins with the typed part, else what contains it."""
    start, found, suffix = _at_cursor(machine, known, line, cursor)
    typed = line.text[start:cursor]
    offered = list(found)
    matching = [item for item in offered if item.word.startswith(typed)]
    matching = matching or [item for item in offered if len(typed) > 1 and typed in item.word]
    return [
        Choice(
            item.word + item.follow + ("" if item.goes_on else suffix),
            start,
            item.word,
            item.label,
            item.meaning,
        )
        for item in dict.fromkeys(matching)
    ]


def _at_cursor(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> _Answer:
    if cursor <= line.name.end:
        return _Answer(min(line.name.start, cursor), described(known.commands))
    if line.name.value == "info" and (line.subcommand is None or cursor <= line.subcommand.end):
        return _Answer(
            min(line.subcommand.start, cursor) if line.subcommand else cursor, described(known.info)
        )
    if line.command is None:
        return _Answer(cursor)
    if line.implied_key:
        return _in_option_list(machine, line, cursor)
    return _in_words(machine, known, line, cursor)


def _in_words(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> _Answer:
    """The word of a command without an option list."""
    place = line.place(cursor)
    parameter, start, before = place.parameter, place.start, place.before
    if isinstance(line.error, ExpressionError) and isinstance(parameter, Expression) and before:
        return _file_after_expression(line, cursor)
    if parameter is None:
        return _Answer(cursor)
    is_file = parameter.refers_to == Refers.FILE
    if is_file and line.text[start : start + 1] == '"':
        return _Answer(start + 1, candidates.files(line.text[start + 1 : cursor]), '"')
    if is_file and before and isinstance(before[-1].parameter, Expression):
        return _Answer(start, _quoted(line.text[start:cursor]))
    values = [item.node.value for item in before if not isinstance(item.parameter, Flag)]
    context = WordContext(machine, known, values, line.text[start:cursor])
    return _Answer(start, word_candidates(context, parameter))


def _file_after_expression(line: ParsedLine[CommandInfo], cursor: int) -> _Answer:
    """A file name without quotes: its slash divides the number before it, which is why it can't be
    parsed.
    """
    start = max(line.text.rfind(blank, 0, cursor) for blank in " \t") + 1
    takes_file = line.command and any(
        parameter.refers_to == Refers.FILE for parameter in line.command.syntax
    )
    typed = line.text[start:cursor]
    return _Answer(start, _quoted(typed) if takes_file and typed[:1] == "/" else ())


def _quoted(typed: str) -> Iterable[Candidate]:
    return (candidate._replace(word=f'"{candidate.word}') for candidate in candidates.files(typed))


def _in_option_list(machine: Machine, line: ParsedLine[CommandInfo], cursor: int) -> _Answer:
    """A type, a key or a value, by what is before the cursor."""
    if not line.arguments:
        return _Answer(cursor, types(line.implied_key), ",")
    node = line.arguments[0].node
    option = next(
        (option for option in reversed(line.options) if option.key_span[0] <= cursor), None
    )
    if option is None or cursor > node.end:
        return _Answer(cursor)
    if option.end < cursor:
        return _Answer(cursor, _missing_keys(line, ""))
    if option.value_span is None or cursor <= option.key_span[1] < option.value_span[0]:
        return _Answer(
            option.key_span[0], _missing_keys(line, line.text[option.key_span[0] : cursor], option)
        )
    start = option.value_span[0]
    if option.key == line.implied_key:
        return _Answer(start, types(line.implied_key), ",")
    item = settable(line.implied_key, line.type_name).get(option.key)
    return _Answer(
        start, value_candidates(machine, line, item, line.text[start:cursor]) if item else ()
    )


def _missing_keys(
    line: ParsedLine[CommandInfo], typed: str, present: Option | None = None
) -> Iterator[Candidate]:
    """The keys that are not given yet; needed ones first, x- ones when asked for."""
    given = {option.key for option in line.options if not typed or option is not present}
    for name, item in settable(line.implied_key, line.type_name).items():
        if name not in given and (typed[:1] == "x" or not name.startswith("x-")):
            needed = "required" if item.required else "needed" if is_needed(item) else ""
            yield Candidate(
                f"{name}=",
                type_text(item.kind) + f", {needed}" * bool(needed),
                description_of(item),
            )
