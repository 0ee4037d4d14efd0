"""Words of a command line: plain, quoted and the rest of the line, each with its span.

No command is known here: which kind of word stands where is declared in `hmp.commands.table`.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.grammar import tokens

WORD_LIMIT = 1023
ESCAPES = {"n": "\n", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


class Token(NamedTuple):
    """A piece of a line: its value and where it stands, as octet offsets."""

    value: str
    start: int
    end: int


class QuotingError(ValueError):
    """A quoted word that can't be read; the text goes to the process's stdout (spec/monitor.md section 2)."""


def skip_blanks(line: str, at: int) -> int:
    """Offset of the first octet at or after `at` that is no white space."""
    found = tokens.match(tokens.BLANKS, line, at)
    return found.end() if found else at


def read_name(line: str, at: int) -> Token:
    """A command name: up to white space or a slash, possibly empty."""
    found = tokens.match(tokens.COMMAND_NAME, line, at)
    end = found.end() if found else at
    return Token(line[at:end], at, end)


def read_word(line: str, at: int) -> Token | None:
    """The next word (spec/monitor.md section 2), cut to 1023 octets; None at the end of the line; QuotingError."""
    start = skip_blanks(line, at)
    if start == len(line):
        return None
    if line[start] == '"':
        return _read_quoted(line, start)
    found = tokens.match(tokens.PLAIN_WORD, line, start)
    end = found.end() if found else start
    return Token(line[start:end][:WORD_LIMIT], start, end)


def _read_quoted(line: str, start: int) -> Token:
    value: list[str] = []
    at = start + 1
    while at < len(line):
        octet = line[at]
        if octet == '"':
            return Token("".join(value)[:WORD_LIMIT], start, at + 1)
        if octet == "\\":
            at += 1
            escape = line[at : at + 1]
            if escape not in ESCAPES:
                raise QuotingError(f"unsupported escape code: '\\{escape}'" if escape else "unterminated string")
            octet = ESCAPES[escape]
        value.append(octet)
        at += 1
    raise QuotingError("unterminated string")


def read_rest(line: str, at: int) -> Token | None:
    """Everything to the end of the line, verbatim; None when only white space is left."""
    start = skip_blanks(line, at)
    return Token(line[start:], start, len(line)) if start < len(line) else None
