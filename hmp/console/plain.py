"""The console without anything of ours: the prompt, a line, and the monitor's text alone.

It is for `--plain` and for who sets NO_COLOR, with editing, history and Tab for words as before; a
dumb terminal edits its lines itself and gets no escape sequence. What helps beyond that is in
`console.py`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable

from hmp.encoding import to_latin1, to_unicode
from hmp.monitor import BANNER, PROMPT, Monitor
from hmp.serve.aio import wait_readable
from hmp.settings.load import is_dumb

MAX_LINE = 4096


async def run_plain(monitor: Monitor, keeps_history: bool) -> None:
    """Read and run lines until the machine is over or the input ends."""
    monitor.context.to_stdout = _show
    next_line = _DumbTerminal().next_line if is_dumb() else _edited_lines(monitor, keeps_history)
    _show(f"{BANNER}\n")
    while not monitor.has_ended:
        try:
            line = await next_line()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        _show(monitor.run_line(to_latin1(line)).text)
        monitor.machine.run_guest()


def _show(octets: str) -> None:
    sys.stdout.write(to_unicode(octets))
    sys.stdout.flush()


class _DumbTerminal:
    """Lines as the terminal's driver gives them, echo and editing included."""

    def __init__(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._start_again)

    def _start_again(self) -> None:
        """Ctrl-C: the driver forgot the line."""
        _show(f"\n{PROMPT}")

    async def next_line(self) -> str:
        """The next line; EOFError for Ctrl-D."""
        _show(PROMPT)
        await wait_readable(0)
        data = os.read(0, MAX_LINE)
        if not data:
            _show("\n")
            raise EOFError
        return data.decode("utf-8", "surrogateescape").removesuffix("\n")


def _edited_lines(monitor: Monitor, keeps_history: bool) -> Callable[[], Awaitable[str]]:
    """Lines with editing, history and completion of words."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    from hmp.console.history import open_history
    from hmp.serve.readline_completion import complete

    class WordCompleter(Completer):
        """Completes the word before the cursor."""

        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterable[Completion]:
            text = document.text_before_cursor
            start, found = complete(monitor.context, text)
            for candidate in found:
                if not candidate.in_use:
                    shown = candidate.word + "," * candidate.takes_options
                    yield Completion(shown, start - len(text), display_meta=candidate.description)

    session: PromptSession[str] = PromptSession(
        history=open_history(keeps_history), completer=WordCompleter(), complete_while_typing=False
    )
    return lambda: session.prompt_async(PROMPT)
