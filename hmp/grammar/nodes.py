"""The nodes of a parsed line; a span has the offsets of the first byte and after the last one."""

from __future__ import annotations

from typing import Any

from hmp.errors import Span
from hmp.grammar.opts import Option
from hmp.record import Record
from hmp.units import U32

# `L` is another name of `g` (docs/qemu-behaviour/monitor.md §5).
SIZES = {"b": 1, "h": 2, "w": 4, "g": 8, "L": 8}


class Node:
    """A value and where it is written."""

    def __init__(self, value: Any, start: int, end: int) -> None:
        self.value, self.start, self.end = value, start, end

    @property
    def span(self) -> Span:
        """The offsets as a pair."""
        return self.start, self.end


class OptionList(Node):
    """An option list: `value` is for the command, `options` are its elements."""

    def __init__(self, value: Any, start: int, end: int, options: list[Option]) -> None:
        super().__init__(value, start, end)
        self.options = options


class Format(Record):
    """A `/fmt`: the count, the letter and the bytes of an element; empty and 0 if left out."""

    repeat: int = 1
    letter: str = ""
    size: int = 0

    @classmethod
    def of(cls, count: str, letters: str) -> Format:
        """Return the format of the two parts of a /fmt; the last letter of each kind counts."""
        # QEMU's count wraps at 32 bits; 10^32 is a multiple of 2^32, so further digits change
        # nothing.
        repeat = (int(count[-32:] or "1") + U32 // 2) % U32 - U32 // 2
        letter = next((letter for letter in reversed(letters) if letter not in SIZES), "")
        return cls(
            repeat,
            letter,
            next((SIZES[letter] for letter in reversed(letters) if letter in SIZES), 0),
        )
