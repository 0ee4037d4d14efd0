"""Colours while typing: the plug between prompt_toolkit and the roles and faults of a line.

What is a fault is decided in `hmp.assist.faults`; the colours are in `style.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from prompt_toolkit.application import get_app
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from hmp.assist.faults import find_faults
from hmp.assist.line import read_line
from hmp.assist.roles import parts
from hmp.assist.vocabulary import Vocabulary
from hmp.console.redirection import split_redirection

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class LineLexer(Lexer):
    """Colours a line by the grammar, and underlines where it can't be read."""

    def __init__(self, machine: Callable[[], Machine], vocabulary: Vocabulary) -> None:
        self._machine, self._vocabulary = machine, vocabulary

    def invalidation_hash(self) -> Hashable:
        return get_app().current_buffer.cursor_position, get_app().is_done

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        def line(number: int) -> StyleAndTextTuples:
            cursor = None if get_app().is_done else get_app().current_buffer.cursor_position
            return [*self.coloured(document.lines[number], cursor)]

        return line

    def coloured(self, text: str, cursor: int | None = None) -> list[tuple[str, str]]:
        """A line as fragments; what the cursor stands in is not finished, and no fault."""
        redirection = split_redirection(text)
        styles = [""] * len(text)
        line = read_line(redirection.command, self._vocabulary)
        for part in parts(line):
            styles[part.start : part.end] = [f"class:role.{part.role}"] * (part.end - part.start)
        if redirection.sign:
            styles[len(redirection.command) :] = ["class:role.separator"] * (len(text) - len(redirection.command))
        for fault in find_faults(self._machine(), self._vocabulary, line, cursor):
            styles[fault.start : fault.end] = ["class:fault"] * (fault.end - fault.start)
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
