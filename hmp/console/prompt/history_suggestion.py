"""Suggest in grey how a typed line may go on: a line of the history that is accepted now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from prompt_toolkit.auto_suggest import AutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from hmp.assist.dry_run import dry_run
from hmp.console.context import ConsoleContext
from hmp.console.line import parse_console_line
from hmp.console.prompt.history import PromptHistory

# Each is tried on the machine, at every key.
MAX_TRIED = 20


class HistorySuggestion(AutoSuggest):
    """Suggests the newest line that was accepted and whose ids fit the machine as it is."""

    def __init__(self, context: ConsoleContext, history: PromptHistory) -> None:
        self._context, self._history = context, history

    def get_suggestion(self, buffer: Buffer, document: Document) -> Suggestion | None:
        typed = document.text
        if not typed.strip():
            return None
        for line in islice(self._continuing(typed), MAX_TRIED):
            if self._fits(line):
                return Suggestion(line[len(typed) :])
        return None

    def _continuing(self, typed: str) -> Iterator[str]:
        """Yield the accepted lines that begin with what is typed, the newest first, each once."""
        strings = self._history.get_strings()
        found = (line for line in reversed(strings) if line.startswith(typed))
        yield from (line for line in dict.fromkeys(found) if line not in self._history.refused)

    def _fits(self, line: str) -> bool:
        machine, known = self._context.machine, self._context.commands
        return dry_run(machine, known, parse_console_line(line, known).parsed) is None
