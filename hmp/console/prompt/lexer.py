"""Colours while typing: the plug between prompt_toolkit and the parts and diagnostics of a line.

What is wrong is decided in `hmp.assist.diagnostics`; the colours are in `style.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from prompt_toolkit.application import get_app
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from hmp.assist.diagnostics import diagnose
from hmp.assist.highlight import styled_spans
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.machine.machine import Machine


class LineLexer(Lexer):
    """Colours a line by the grammar, and underlines what is wrong."""

    def __init__(self, machine: Callable[[], Machine]) -> None:
        self._machine = machine

    def invalidation_hash(self) -> Hashable:
        return get_app().current_buffer.cursor_position, get_app().is_done

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        def line(number: int) -> StyleAndTextTuples:
            cursor = None if get_app().is_done else get_app().current_buffer.cursor_position
            return [*self.coloured(document.lines[number], cursor)]

        return line

    def coloured(self, text: str, cursor: int | None = None) -> list[tuple[str, str]]:
        """A line as fragments; what the cursor stands in is not finished, and no error."""
        line = parse_console_line(text)
        styles = [""] * len(text)

        def paint(start: int, end: int, style: str) -> None:
            first, last = line.character_offset(start), line.character_offset(end)
            styles[first:last] = [style] * (last - first)

        for part in styled_spans(line.parsed):
            paint(part.start, part.end, f"class:role.{part.role}")
        if line.redirection.sign:
            behind = len(line.redirection.command)
            styles[behind:] = ["class:role.separator"] * (len(text) - behind)
        at = None if cursor is None else line.byte_offset(cursor)
        for found in diagnose(self._machine(), CONSOLE_COMMANDS, line.parsed, at):
            # Where something is missing, the last letter before it is underlined.
            paint(
                found.start if found.end > found.start else max(found.start - 1, 0),
                found.end,
                "class:fault",
            )
        return _joined(text, styles)


def _joined(text: str, styles: list[str]) -> list[tuple[str, str]]:
    """Neighbouring letters of one style as one fragment."""
    found = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or styles[at] != styles[start]:
            found.append((styles[start], text[start:at]))
            start = at
    return found
