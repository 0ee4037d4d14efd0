"""What each part of a line is, for colours: command, type, key, value and so on.

Which colour each has is the console's theme.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hmp.grammar import terminals
from hmp.grammar.command_line import CommandInfo, ParsedLine
from hmp.grammar.opts import Option
from hmp.grammar.parameters import Expression, Flag

COMMAND, TYPE, KEY, SEPARATOR, NUMBER, WORD, STRING, PATH = (
    "command",
    "type",
    "key",
    "separator",
    "number",
    "word",
    "string",
    "path",
)
QUANTITY = rf"(?:{terminals.NUMBER}|{terminals.SIZE})"


class StyledSpan(NamedTuple):
    """A part of the line and what it is."""

    start: int
    end: int
    role: str


def styled_spans(line: ParsedLine[CommandInfo]) -> list[StyledSpan]:
    """The parts of a line that have a role, in order, without overlaps."""
    return [part for part in _parts(line) if part.end > part.start]


def _parts(line: ParsedLine[CommandInfo]) -> Iterator[StyledSpan]:
    for name in filter(None, (line.name, line.subcommand)):
        yield StyledSpan(name.start, name.end, COMMAND)
    for parameter, node in ((item.parameter, item.node) for item in line.arguments):
        if line.options:
            for option in line.options:
                yield from _option(option)
        else:
            role = KEY if isinstance(parameter, Flag) else _role(line.text[node.start : node.end])
            yield StyledSpan(
                node.start, node.end, NUMBER if isinstance(parameter, Expression) else role
            )


def _option(option: Option) -> Iterator[StyledSpan]:
    (start, end), value = option.key_span, option.value_span
    if value and start == end:
        yield StyledSpan(*value, TYPE)
        return
    yield StyledSpan(start - 1, start, SEPARATOR)
    yield StyledSpan(start, end, KEY)
    if value:
        yield StyledSpan(end, value[0], SEPARATOR)
        yield StyledSpan(*value, _role(option.value))


def _role(word: str) -> str:
    if word[:1] in ('"', "{"):
        return STRING
    if "/" in word:
        return PATH
    return NUMBER if word and terminals.fullmatch(QUANTITY, word) else WORD
