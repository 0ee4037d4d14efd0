"""What a rule of advice knows, and what it gives: the machine, the refused line, and helpers to mend the line.

No rule stands here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist.line import Line
from hmp.assist.vocabulary import Vocabulary

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

SIMILAR = 0.6
MOST_NAMED = 6


class Advice(NamedTuple):
    """What would succeed, in words, and if it is known a line that would, now and as it stands."""

    text: str
    line: str = ""


class Situation(NamedTuple):
    """A machine, the words it knows, and the line that it refused."""

    machine: Machine
    vocabulary: Vocabulary
    line: Line

    def with_setting(self, key: str, value: str) -> str:
        """The refused line with a value of its option list replaced, or added."""
        text = self.line.text
        for setting in reversed(self.line.settings):
            if setting.key.value == key and setting.value:
                return text[: setting.value.start] + value + text[setting.value.end :]
        return f"{text},{key}={value}"

    def with_key(self, old: str, new: str) -> str:
        """The refused line with a key of its option list renamed."""
        found = next((setting.key for setting in self.line.settings if setting.key.value == old), None)
        return self.line.text[: found.start] + new + self.line.text[found.end :] if found else ""

    def with_word(self, old: str, new: str) -> str:
        """The refused line with a word of its arguments replaced."""
        found = next((word for word in self.line.words if word.value == old), None)
        return self.line.text[: found.start] + new + self.line.text[found.end :] if found else ""


Rule = tuple[str, Callable[[Situation, re.Match[str]], Advice]]


def similar(word: str, known: Iterable[str]) -> str:
    """The known word most like a mistyped one, above a bar of similarity; else empty."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(known), 1, SIMILAR)
    return found[0] if found else ""


def listed(names: Iterable[str], none: str = "none") -> str:
    """A few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - MOST_NAMED} more" if len(every) > MOST_NAMED else ""
    return ", ".join(every[:MOST_NAMED]) + more if every else none


def free_name(word: str, taken: Iterable[str]) -> str:
    """A name like a given one that nobody has: its number counted up, or a number added."""
    stem = word.rstrip("0123456789")
    used = set(taken)
    number = int(word[len(stem) :] or 1) + 1
    while f"{stem}{number}" in used:
        number += 1
    return f"{stem}{number}"
