"""Return the tokens of a line with their spans, for colours."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from hmp.grammar import terminals
from hmp.grammar.command_line import CommandInfo, ParsedLine
from hmp.grammar.opts import Option
from hmp.grammar.parameters import Expression, Flag

QUANTITY = rf"(?:{terminals.NUMBER}|{terminals.SIZE})"


class TokenType(Enum):
    """What a token is; the value is part of the name of its style."""

    COMMAND = "command"
    TYPE = "type"
    KEY = "key"
    SEPARATOR = "separator"
    NUMBER = "number"
    WORD = "word"
    STRING = "string"
    PATH = "path"


class StyledSpan(NamedTuple):
    """A span of the line in bytes, and what is in it."""

    start: int
    end: int
    token_type: TokenType


def styled_spans(line: ParsedLine[CommandInfo]) -> list[StyledSpan]:
    """Return the tokens of a line in order, without overlaps and empty ones."""
    return [span for span in _spans(line) if span.end > span.start]


def _spans(line: ParsedLine[CommandInfo]) -> Iterator[StyledSpan]:
    for name in filter(None, (line.name, line.subcommand)):
        yield StyledSpan(name.start, name.end, TokenType.COMMAND)
    for parameter, node in ((item.parameter, item.node) for item in line.arguments):
        if line.options:
            for option in line.options:
                yield from _option(option)
        elif isinstance(parameter, Expression):
            yield StyledSpan(node.start, node.end, TokenType.NUMBER)
        elif isinstance(parameter, Flag):
            yield StyledSpan(node.start, node.end, TokenType.KEY)
        else:
            text = line.text[node.start : node.end]
            yield StyledSpan(node.start, node.end, _value_type(text))


def _option(option: Option) -> Iterator[StyledSpan]:
    (start, end), value = option.key_span, option.value_span
    if value and start == end:
        yield StyledSpan(*value, TokenType.TYPE)
        return
    # The comma before the key; before the first key it is a blank, or a quote.
    yield StyledSpan(start - 1, start, TokenType.SEPARATOR)
    yield StyledSpan(start, end, TokenType.KEY)
    if value:
        yield StyledSpan(end, value[0], TokenType.SEPARATOR)
        yield StyledSpan(*value, _value_type(option.value))


def _value_type(text: str) -> TokenType:
    if text[:1] in ('"', "{"):
        return TokenType.STRING
    if "/" in text:
        return TokenType.PATH
    return TokenType.NUMBER if text and terminals.fullmatch(QUANTITY, text) else TokenType.WORD
