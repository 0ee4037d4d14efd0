"""Find the data of secrets in typed lines, which is to be in no history file and no recording.

A line counts as soon as it may create a secret, also one that is not finished or mistyped.
"""

from __future__ import annotations

import re

from hmp.errors import Span
from hmp.grammar.opts import unescape_commas
from hmp.grammar.redirection import split_redirection

MASK = "***"
# Shorter values are also parts of other texts, and of escape sequences.
MIN_HIDDEN_CHARACTERS = 4
# What follows a single comma without being an option was meant for the value.
_OPTION = re.compile(r"(?:^|[\s,])data=(?P<value>(?:[^,]|,,)++(?:,[^,=]*+(?![^,]))*+)")
# An unfinished string ends with the line.
_STRING = r"""(?:"(?:[^"\\]|\\.)*+(?:"|\Z)|'(?:[^'\\]|\\.)*+(?:'|\Z))"""
_MEMBER = re.compile(rf"(?P<key>{_STRING})\s*+:\s*+(?P<value>{_STRING}|[^,}}\s]++)")
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def secret_spans(text: str) -> list[Span]:
    """Return where the data of a secret is in a line, in characters."""
    command = split_redirection(text).command
    if "secret" not in command and command.split(None, 1)[:1] != ["object_add"]:
        return []
    members = [found for found in _MEMBER.finditer(command) if _unescape(found["key"]) == "data"]
    if members:
        return [span for span in map(_content, members) if span[0] < span[1]]
    return [found.span("value") for found in _OPTION.finditer(command)]


def _unescape(string: str) -> str:
    return _UNICODE_ESCAPE.sub(lambda code: chr(int(code[1], 16)), string[1:-1])


def _content(member: re.Match[str]) -> Span:
    """Return the span of a member's value, without its quotes."""
    (start, end), value = member.span("value"), member["value"]
    if value[0] not in "\"'":
        return start, end
    is_closed = len(value) > 1 and value[-1] == value[0]
    return start + 1, end - is_closed


def masked(text: str) -> str:
    """Return a line with `***` for the data of a secret."""
    for start, end in reversed(secret_spans(text)):
        text = text[:start] + MASK + text[end:]
    return text


def secret_values(text: str) -> set[str]:
    """Return the data of the secret in a line, as it is typed and as it is printed; without values
    that are too short to be told from other text.
    """
    typed = {text[start:end] for start, end in secret_spans(text)}
    values = typed | {unescape_commas(value) for value in typed}
    # A value that is cut at a comma is an error, which repeats what follows.
    values |= {part for value in typed for part in value.split(",")}
    return {value for value in values if len(value) >= MIN_HIDDEN_CHARACTERS}
