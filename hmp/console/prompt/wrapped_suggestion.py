"""Draw the grey suggestion so that the screen does not break it inside a word."""

from __future__ import annotations

from collections.abc import Iterator

from prompt_toolkit.formatted_text.utils import fragment_list_to_text, fragment_list_width
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from hmp.console.context import ConsoleContext
from hmp.text import pieces

STYLE = "class:auto-suggestion"


class WrappedSuggestion(Processor):
    """Fills up the rows of a suggestion with blanks, so that each begins with a whole word."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        fragments = transformation_input.fragments
        room = transformation_input.width
        if not fragments or fragments[-1][0] != STYLE or room < 1:
            return Transformation(fragments)
        # A processor before this one may have made a fragment of each character.
        start = len(fragments)
        while start and fragments[start - 1][0] == STYLE:
            start -= 1
        typed = fragments[:start]
        suggestion = fragment_list_to_text(fragments[start:])
        column = (len(self._context.monitor.prompt) + fragment_list_width(typed)) % room
        return Transformation([*typed, (STYLE, "".join(_filled(suggestion, column, room)))])


def _filled(text: str, column: int, room: int) -> Iterator[str]:
    """Yield the pieces of a text that begins at a column, with blanks where a row ends early."""
    words = text.lstrip()
    blanks = text[: len(text) - len(words)]
    yield blanks
    column += len(blanks)
    for number, piece in enumerate(pieces(words, room)):
        length = len(piece.rstrip())
        # What goes on with the typed word belongs to it.
        if column + length > room and number:
            yield " " * (room - column)
            column = 0
        # A blank that would begin a row has no place in the last one.
        piece = piece[: max(room - column, length)]
        yield piece
        column = (column + len(piece)) % room
