"""Parses a stream of JSON values, with recovery after errors (docs/qemu-behaviour/qmp.md §A3).

After an error the rest of its message is skipped; its end is found by counting brackets. Most
requests are parsed by the json module, where it parses exactly as QEMU does; all others, errors and
QEMU's extensions included, by lexer and parser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from hmp.errors import InputError
from hmp.json.lexer import ERROR, Lexer
from hmp.json.parser import MAX_DEPTH, Parser
from hmp.units import MIB

# So few characters fit 64 bits, whatever they are.
MAX_NUMBER_DIGITS = 18


class _NotPlain(ValueError):
    """Something that the json module and QEMU could parse differently."""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _NotPlain
    return members


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_DIGITS:
        raise _NotPlain
    return int(text)


def _reject(text: str) -> object:
    raise _NotPlain


# json takes fractions that QEMU rejects, such as 0e1 (docs/qemu-behaviour/qmp.md §A3), and NaN.
_read = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_reject, parse_constant=_reject
).raw_decode


def read_plain_object(data: str, at: int) -> tuple[dict[str, object], int] | None:
    """Return the object that begins at offset `at`, and the offset after it.

    None where none begins, or it is incomplete or not plain.
    """
    if data[at : at + 1] != "{":
        return None
    try:
        value, end = _read(data, at)
    except (ValueError, RecursionError):
        return None
    text = data[at:end]
    # Escapes and UTF-8 have rules of QEMU's own. The number of brackets is at least their depth.
    is_plain = (
        text.isascii() and "\\" not in text and text.count("{") + text.count("[") <= MAX_DEPTH
    )
    return (value, end) if is_plain else None


# QEMU's limits (docs/qemu-behaviour/qmp.md §A3).
MAX_TOKENS = 2097152
MAX_BYTES = 64 * MIB
_STEPS = {"{": (0, 1), "}": (0, -1), "[": (1, 1), "]": (1, -1)}


class JsonStream:
    """Parses values from pieces of text; a message has at most MAX_BYTES and MAX_TOKENS."""

    def __init__(self) -> None:
        self._lexer = Lexer()
        self._begin()

    def _begin(self) -> None:
        self._parser = Parser()
        self._levels = [0, 0]
        self._token_count = self._byte_count = 0
        self._skipping = False

    def feed(self, data: str) -> Iterator[object | InputError]:
        """Yield the values that a piece of text completes, and an InputError for each error."""
        at = 0
        while not self._token_count and self._lexer.is_between_tokens:
            at = self._lexer.skip_blanks(data, at)
            plain = read_plain_object(data, at)
            if not plain:
                break
            at = self._lexer.advance_lines(data, at, plain[1])
            yield plain[0]
        for token in self._lexer.feed(data, at):
            kind = token.kind
            if kind in _STEPS:
                which, step = _STEPS[kind]
                self._levels[which] += step
            self._token_count += 1
            self._byte_count += len(token.text)
            if self._skipping:
                if kind == ERROR or self._message_ended():
                    self._begin()
                continue
            try:
                if self._byte_count > MAX_BYTES or self._token_count > MAX_TOKENS:
                    raise _too_much(self._byte_count)
                if self._parser.push(token):
                    value = self._parser.value
                    self._begin()
                    yield value
            except InputError as error:
                self._skip(kind == ERROR)
                yield error
        # A string that never ends yields no token, and must not fill the memory.
        if not self._skipping and self._byte_count + self._lexer.pending > MAX_BYTES:
            self._skipping = True
            yield _too_much(MAX_BYTES + 1)
        if self._skipping:
            self._lexer.drop_pending()

    def _message_ended(self) -> bool:
        """Return whether the skipped message has ended, or its brackets do not match.

        QEMU counts each kind for itself: `{"a" 1 {]` ends at its last byte (experiment).
        """
        square, curly = self._levels
        return min(square, curly) < 0 or square == curly == 0

    def _skip(self, at_once: bool) -> None:
        self._skipping = True
        self._parser = Parser()
        if at_once or self._message_ended():
            self._begin()


def _too_much(data: int) -> InputError:
    return InputError(f"JSON token {'size' if data > MAX_BYTES else 'count'} limit exceeded")
