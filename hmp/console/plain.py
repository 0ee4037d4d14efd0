"""The console without anything of ours: the prompt, editing, Tab for words, and the monitor's text alone.

It is for `--plain`, for who sets NO_COLOR, and for terminals that know nothing; the rest is in `console.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from hmp.commands.completion import complete
from hmp.console.history import open_history
from hmp.monitor import BANNER, PROMPT, Monitor
from hmp.octets import from_text, to_text


class WordCompleter(Completer):
    """Completes the word before the cursor, as the reference's line editor would."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Candidates that begin with what was typed of the word."""
        text = document.text_before_cursor
        typed = len(text.split(" ")[-1])
        for candidate in complete(self._monitor.machine, text):
            if not candidate.in_use:
                yield Completion(candidate.word + "," * candidate.takes_options, -typed)


async def converse_plainly(monitor: Monitor, keeps_history: bool) -> None:
    """Read and run lines until the machine is over or the input ends."""
    monitor.to_stdout = _show
    session: PromptSession[str] = PromptSession(
        history=open_history(keeps_history), completer=WordCompleter(monitor), complete_while_typing=False
    )
    _show(f"{BANNER}\n")
    while not monitor.ended:
        try:
            line = await session.prompt_async(PROMPT)
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        octets = from_text(line)
        monitor.remember(octets)
        monitor.machine.let_guest_run()  # What fell due while nothing was typed happened before this line.
        _show(monitor.execute(octets).text)
        monitor.machine.let_guest_run()


def _show(octets: str) -> None:
    sys.stdout.write(to_text(octets))
    sys.stdout.flush()
