"""Completion in the menu: the plug between prompt_toolkit and what may stand at the cursor.

What may stand there is decided in `hmp.assist.completion`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from hmp.assist.completion import choices
from hmp.assist.offers import files
from hmp.assist.vocabulary import Vocabulary
from hmp.console.redirection import split_redirection

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class LineCompleter(Completer):
    """Completes the part of the line that the cursor stands in."""

    def __init__(self, machine: Callable[[], Machine], vocabulary: Vocabulary) -> None:
        self._machine, self._vocabulary = machine, vocabulary

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What may replace the typed part, each with its type and meaning beside it."""
        before = document.text_before_cursor
        redirection = split_redirection(before)
        if redirection.sign:
            if redirection.sign != "|":
                yield from _files(redirection.target)
            return
        for choice in choices(self._machine(), self._vocabulary, before, document.text_after_cursor):
            about = " · ".join(filter(None, (choice.label, choice.meaning)))
            yield Completion(choice.text, choice.start - len(before), display=choice.shown, display_meta=about)


def _files(typed: str) -> Iterable[Completion]:
    for offer in files(typed):
        if offer.word.startswith(typed) and offer.label != "hugetlbfs":
            yield Completion(offer.word, -len(typed), display_meta=offer.label)
