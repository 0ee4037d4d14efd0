"""Colour the line while it is typed, and underline what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from prompt_toolkit.application import get_app
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from hmp.assist.diagnostics import diagnose
from hmp.assist.highlight import styled_spans
from hmp.console.line import parse_console_line
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.machine.machine import Machine


class HmpLexer(Lexer):
    """Styles a line by the grammar and by the diagnostics on the live machine."""

    def __init__(
        self, machine: Callable[[], Machine], known: Callable[[], CommandSet[CommandInfo]]
    ) -> None:
        self._machine, self._known = machine, known

    def invalidation_hash(self) -> Hashable:
        # The text at the cursor is not diagnosed, so a moved cursor changes the styles.
        return get_app().current_buffer.cursor_position, get_app().is_done

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        # prompt_toolkit keeps this function for a text and calls it at every drawing, so what may
        # change with the same text is read in it. Of an entered line (is_done) no part is typed.
        def get_line(number: int) -> StyleAndTextTuples:
            cursor = None if get_app().is_done else get_app().current_buffer.cursor_position
            return [*self.styled(document.lines[number], cursor)]

        return get_line

    def styled(self, text: str, cursor: int | None = None) -> list[tuple[str, str]]:
        """Return a line as fragments; what is at the cursor (in characters) is not diagnosed."""
        line = parse_console_line(text, self._known())
        styles = [""] * len(text)

        def paint(start: int, end: int, style: str) -> None:
            first, last = line.character_offset(start), line.character_offset(end)
            styles[first:last] = [style] * (last - first)

        prefix = len(line.prefix.text)
        styles[:prefix] = ["class:token.command"] * prefix
        for span in styled_spans(line.parsed):
            paint(span.start, span.end, f"class:token.{span.token_type.value}")
        if line.redirection.operator:
            end = len(line.redirection.command)
            styles[end:] = ["class:token.separator"] * (len(text) - end)
        byte_cursor = None if cursor is None else line.byte_offset(cursor)
        for found in diagnose(self._machine(), self._known(), line.parsed, byte_cursor):
            # An empty span is where something is missing: underline the character before it.
            start = found.start if found.end > found.start else max(found.start - 1, 0)
            paint(start, found.end, "class:diagnostic")
        return _join_runs(text, styles)


def _join_runs(text: str, styles: list[str]) -> list[tuple[str, str]]:
    """Return a fragment for each run of characters of one style."""
    fragments = []
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or styles[end] != styles[start]:
            fragments.append((styles[start], text[start:end]))
            start = end
    return fragments
