"""Completion of command names, subjects and ids on the terminal.

What may stand where is said in `hmp.commands.completion`.
"""

from __future__ import annotations

from collections.abc import Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from hmp.commands.completion import complete
from hmp.monitor import Monitor


class MonitorCompleter(Completer):
    """Completes the word before the cursor."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Candidates that begin with what was typed of the word."""
        text = document.text_before_cursor
        typed = len(text.split(" ")[-1])
        for candidate in complete(self.monitor.machine, text):
            if candidate.in_use:
                continue
            shown = f"{candidate.word}," if candidate.takes_options else candidate.word
            yield Completion(shown, -typed, display_meta=candidate.meaning)
