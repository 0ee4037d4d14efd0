"""Completion in the menu: the plug between prompt_toolkit and what may stand at the cursor.

What may stand there is decided in `hmp.assist.completion.completions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from hmp.assist.completion.candidates import files
from hmp.assist.completion.completions import choices
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.encoding import to_latin1, to_unicode
from hmp.machine.machine import Machine


class LineCompleter(Completer):
    """Completes the part of the line that the cursor stands in."""

    def __init__(self, machine: Callable[[], Machine]) -> None:
        self._machine = machine

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """What may replace the typed part, each with its type and meaning beside it."""
        line, cursor = parse_console_line(document.text), document.cursor_position
        redirection = line.redirection
        if redirection.sign and cursor > len(redirection.command):
            if redirection.sign != "|":
                yield from _files(redirection.target[: cursor - len(document.text) or None])
            return
        for choice in choices(
            self._machine(), CONSOLE_COMMANDS, line.parsed, line.byte_offset(cursor)
        ):
            about = " · ".join(filter(None, (choice.label, choice.meaning)))
            yield Completion(
                to_unicode(choice.text),
                line.character_offset(choice.start) - cursor,
                display=to_unicode(choice.shown),
                display_meta=about,
            )


def _files(typed: str) -> Iterable[Completion]:
    for offer in files(to_latin1(typed)):
        path = to_unicode(offer.word)
        if path.startswith(typed) and offer.label != "hugetlbfs":
            yield Completion(path, -len(typed), display_meta=offer.label)
