"""What each part of a line is, for colours: command, type, key, value and so on, from the grammar's spans.

Which colour a role has is the console's theme.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hmp.assist.line import Line, Setting
from hmp.grammar import tokens

COMMAND, TYPE, KEY, SEPARATOR, NUMBER, WORD, STRING, PATH = (
    "command", "type", "key", "separator", "number", "word", "string", "path")
QUANTITY = rf"(?:{tokens.NUMBER}|{tokens.DECIMAL_SIZE})"


class Part(NamedTuple):
    """A span of the line and its role."""

    start: int
    end: int
    role: str


def parts(line: Line) -> list[Part]:
    """The parts of a line that have a role, in order, without overlaps."""
    return [part for part in _parts(line) if part.end > part.start]


def _parts(line: Line) -> Iterator[Part]:
    yield Part(line.name.start, line.name.end, COMMAND)
    if line.subject:
        yield Part(line.subject.start, line.subject.end, COMMAND)
    for flag in line.flags:
        yield Part(flag.start, flag.end, KEY)
    if line.settings:
        for number, setting in enumerate(line.settings):
            yield from _setting(setting, is_first=number == 0)
    else:
        for word in line.words:
            yield Part(word.start, word.end, _role(line.text[word.start : word.end]))
    if line.unfinished >= 0:
        yield Part(line.unfinished, len(line.text), STRING)


def _setting(setting: Setting, is_first: bool) -> Iterator[Part]:
    key, value = setting.key, setting.value
    if not is_first:
        yield Part(key.start - 1, key.start, SEPARATOR)
    if value is None:
        yield Part(key.start, key.end, KEY)
    elif key.start == key.end:
        yield Part(value.start, value.end, TYPE)
    else:
        yield Part(key.start, key.end, KEY)
        yield Part(key.end, value.start, SEPARATOR)
        yield Part(value.start, value.end, _role(value.value))


def _role(word: str) -> str:
    if word[:1] in ('"', "{"):
        return STRING
    if "/" in word:
        return PATH
    return NUMBER if word and tokens.full(QUANTITY, word) else WORD


