"""The context of a suggestion: the machine, the failed line, and helpers to fix the line."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from typing import NamedTuple

from hmp.errors import HmpError, Span
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine
from hmp.machine.machine import Machine

# A ratio of difflib, from 0 to 1.
MIN_SIMILARITY = 0.6
MAX_NAMES = 6


class Suggestion(NamedTuple):
    """What would succeed, as text; `line` is one that would succeed as it is, or empty."""

    text: str = ""
    line: str = ""


class SuggestionContext(NamedTuple):
    """The machine, the known commands, and the line that failed."""

    machine: Machine
    known: CommandSet[CommandInfo]
    line: ParsedLine[CommandInfo]

    @property
    def first_word(self) -> str:
        """The first argument that is a word; empty when there is none."""
        return next(
            (item.node.value for item in self.line.arguments if isinstance(item.node.value, str)),
            "",
        )

    def with_option(self, key: str, value: str) -> str:
        """Return the failed line with the value of an option replaced or added.

        Of several the last one is replaced, since it is the one that counts.
        """
        for option in reversed(self.line.options):
            if option.key == key and option.value_span:
                return self._with(option.value_span, value)
        return f"{self.line.text},{key}={value}"

    def with_key(self, old: str, new: str) -> str:
        """Return the failed line with an option renamed; empty when it has no such option."""
        found = next((option.key_span for option in self.line.options if option.key == old), None)
        return self._with(found, new) if found else ""

    def with_word(self, old: str, new: str) -> str:
        """Return the failed line with an argument replaced; empty when it has no such one."""
        found = next((item.node for item in self.line.arguments if item.node.value == old), None)
        return self._with(found.span, new) if found else ""

    def _with(self, span: Span, text: str) -> str:
        return self.line.text[: span[0]] + text + self.line.text[span[1] :]


@singledispatch
def suggest(error: HmpError, ctx: SuggestionContext) -> Suggestion:
    """Return what would succeed instead of the failed line; empty when nothing is known.

    `names`, `placement` and `memory` register functions for the classes of error.
    """
    return Suggestion()


def closest_match(word: str, known: Iterable[str]) -> str:
    """Return the known word most similar to a mistyped one; empty when none is similar."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(known), 1, MIN_SIMILARITY)
    return found[0] if found else ""


def join_names(names: Iterable[str], none: str = "none") -> str:
    """Return at most MAX_NAMES names joined by commas, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - MAX_NAMES} more" if len(every) > MAX_NAMES else ""
    return ", ".join(every[:MAX_NAMES]) + more if every else none


def free_name(word: str, taken: Iterable[str]) -> str:
    """Return an unused name: the given one with its number counted up, or with a number."""
    stem = word.rstrip("0123456789")
    used = set(taken)
    number = int(word[len(stem) :] or 1) + 1
    while f"{stem}{number}" in used:
        number += 1
    return f"{stem}{number}"
