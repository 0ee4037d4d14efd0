"""The parts of a line that parsing finds, each with its span: offsets of the first byte and behind
the last one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hmp.errors import Span
from hmp.grammar.opts import Option

SIZES = {"b": 1, "h": 2, "w": 4, "g": 8, "L": 8}


class Node:
    """A value and where it is written."""

    def __init__(self, value: Any, start: int, end: int) -> None:
        self.value, self.start, self.end = value, start, end

    @property
    def span(self) -> Span:
        """Where it is written, as errors have it."""
        return self.start, self.end


class OptionList(Node):
    """An option list: what the command gets of it (`value`), and its elements."""

    def __init__(self, value: Any, start: int, end: int, options: list[Option]) -> None:
        super().__init__(value, start, end)
        self.options = options


class Format(NamedTuple):
    """What a `/fmt` says: how many, and the format letter and element size in bytes, empty and 0
    when it is silent.
    """

    repeat: int = 1
    letter: str = ""
    size: int = 0

    @classmethod
    def of(cls, count: str, letters: str) -> Format:
        """The format of the two parts of a /fmt; of several letters the last of its kind counts."""
        # QEMU's count wraps at 32 bits; 10^32 is a multiple of 2^32, so further digits change
        # nothing.
        repeat = (int(count[-32:] or "1") + (1 << 31)) % (1 << 32) - (1 << 31)
        letter = next((letter for letter in reversed(letters) if letter not in SIZES), "")
        return cls(
            repeat,
            letter,
            next((SIZES[letter] for letter in reversed(letters) if letter in SIZES), 0),
        )
