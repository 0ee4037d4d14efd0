"""JSON values out of a stream that never ends: one after the other, with the faults in between (spec/qmp.md A3).

A fault costs the rest of its message, which is found by counting brackets; what a value means is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator

from hmp.errors import InputError
from hmp.grammar.json_builder import Builder
from hmp.grammar.json_lexer import STRAY, Lexer, Token

MOST_TOKENS = 2097152
MOST_OCTETS = 64 << 20
_STEPS = {"{": (0, 1), "}": (0, -1), "[": (1, 1), "]": (1, -1)}


class JsonStream:
    """Reads values from octets as they come; memory stays within the limits whatever comes."""

    def __init__(self) -> None:
        self._lexer = Lexer()
        self._begin()

    def _begin(self) -> None:
        self._builder = Builder()
        self._levels = [0, 0]
        self._tokens = self._octets = 0
        self._skipping = False

    def feed(self, octets: str) -> Iterator[object | InputError]:
        """What is complete with these octets: values, and faults as InputError."""
        for token in self._lexer.feed(octets):
            self._count(token)
            if self._skipping:
                if token.kind == STRAY or self._is_over():
                    self._begin()
                continue
            try:
                self._check_limits()
                if self._builder.push(token):
                    value = self._builder.value
                    self._begin()
                    yield value
            except InputError as fault:
                self._skip(token.kind == STRAY)
                yield fault
        if not self._skipping and self._octets + self._lexer.pending > MOST_OCTETS:
            self._skipping = True
            yield InputError("JSON token size limit exceeded")
        if self._skipping:
            self._lexer.drop_pending()

    def _count(self, token: Token) -> None:
        step = _STEPS.get(token.kind)
        if step:
            self._levels[step[0]] += step[1]
        self._tokens += 1
        self._octets += len(token.text)

    def _check_limits(self) -> None:
        if self._octets > MOST_OCTETS:
            raise InputError("JSON token size limit exceeded")
        if self._tokens > MOST_TOKENS:
            raise InputError("JSON token count limit exceeded")

    def _is_over(self) -> bool:
        """Whether the message that is being skipped ended, or can't be followed any more."""
        square, curly = self._levels
        return min(square, curly) < 0 or square == curly == 0

    def _skip(self, at_once: bool) -> None:
        self._skipping = True
        self._builder = Builder()
        if at_once or self._is_over():
            self._begin()
