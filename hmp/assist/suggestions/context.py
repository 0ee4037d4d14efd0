"""The context of a suggestion: the machine, the failed line, and helpers to fix the line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import NamedTuple

from hmp.assist.dry_run import is_accepted
from hmp.errors import HmpError, Span
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine
from hmp.machine.machine import Machine


class Line(NamedTuple):
    """A line that a text proposes: it is printed only if the monitor would accept it."""

    text: str


class Suggestion:
    """What would succeed, in parts of text and lines; `mended` is the failed line as it would
    succeed, or empty. `redirection` is what the console reads after it, such as ` | less`.
    """

    def __init__(self, *parts: str | Line, mended: str = "", redirection: str = "") -> None:
        self.parts, self.mended, self.redirection = parts, mended, redirection

    @property
    def line(self) -> str:
        """The mended line as it is typed, or empty."""
        return self.mended and self.mended + self.redirection

    @property
    def text(self) -> str:
        """The parts as one text, lines between backticks."""
        return "".join(f"`{part.text}`" if isinstance(part, Line) else part for part in self.parts)

    @property
    def lines(self) -> list[str]:
        """The lines that the text proposes."""
        return [part.text for part in self.parts if isinstance(part, Line)]


class SuggestionContext(NamedTuple):
    """The machine, the known commands, and the line that failed."""

    machine: Machine
    known: CommandSet[CommandInfo]
    line: ParsedLine[CommandInfo]

    def accepts(self, text: str) -> bool:
        """Return whether a line would succeed now."""
        return is_accepted(self.machine, self.known, text)

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
        return f"{self.line.text.rstrip().rstrip(',')},{key}={value}"

    def without_option(self, key: str) -> str:
        """Return the failed line without an option."""
        for option in self.line.options:
            if option.key == key:
                return self._with((option.start - 1, option.end), "")
        return self.line.text

    def with_key(self, old: str, new: str) -> str:
        """Return the failed line with an option renamed; empty when it has no such option."""
        found = next((option.key_span for option in self.line.options if option.key == old), None)
        return self._with(found, new) if found else ""

    def with_word(self, old: str, new: str) -> str:
        """Return the failed line with an argument replaced; empty when it has no such one."""
        found = next((item.node for item in self.line.arguments if item.node.value == old), None)
        return self._with(found.span, new) if found else ""

    def with_type(self, name: str) -> str:
        """Return the failed line with another type of object or device."""
        return self.with_option(self.line.implied_key, name)

    def _with(self, span: Span, text: str) -> str:
        return self.line.text[: span[0]] + text + self.line.text[span[1] :]


@singledispatch
def suggestions(error: HmpError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    """Yield what may succeed instead of the failed line, the best first.

    The modules beside this one register functions for the classes of error.
    """
    yield from ()
