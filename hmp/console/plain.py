"""Run the plain console: the prompt, a line, and the monitor's text alone.

It is for `--plain` and NO_COLOR, with editing, history and completion of words. On a dumb terminal
the driver edits lines, and no escape sequence is written.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable

from hmp.commands.registry import COMMANDS
from hmp.encoding import to_latin1, to_unicode
from hmp.grammar.command_line import parse_line
from hmp.monitor import BANNER, PROMPT, Monitor
from hmp.serve.event_loop import wait_readable
from hmp.settings.load import is_dumb_terminal
from hmp.text import visible

# The longest line that a terminal's driver edits is 4095 bytes and a line end (termios(3)).
READ_BYTES = 4096
CLEAR = COMMANDS.commands["clear"]


async def run_plain(monitor: Monitor, keep_history: bool) -> None:
    """Read and run lines until the machine has shut down or the input ends."""
    monitor.context.to_stdout = _write
    is_dumb = is_dumb_terminal()
    next_line = _DumbTerminal().next_line if is_dumb else _edited_lines(monitor, keep_history)
    _write(f"{BANNER}\n")
    while not monitor.has_ended:
        try:
            line = await next_line()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        typed = to_latin1(line)
        # The escape sequences of `clear` are what it does.
        show = _write_controls if parse_line(typed, COMMANDS).command is CLEAR else _write
        execution = monitor.run_line(typed)
        for part in execution:
            (_write if execution.error else show)(part)
        monitor.machine.run_guest()


def _write(text: str) -> None:
    """Write the monitor's text (bytes, held in a Latin-1 str), with control characters visible."""
    _write_controls(visible(to_unicode(text)))


def _write_controls(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


class _DumbTerminal:
    """Reads lines that the terminal's driver echoes and edits."""

    def __init__(self) -> None:
        # Without a handler asyncio.run cancels the console; here Ctrl-C drops only the line.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._on_interrupt)

    def _on_interrupt(self) -> None:
        # The driver has dropped the typed line.
        _write(f"\n{PROMPT}")

    async def next_line(self) -> str:
        """Return the next line; raise EOFError on Ctrl-D."""
        _write(PROMPT)
        await wait_readable(0)
        data = os.read(0, READ_BYTES)
        if not data:
            _write("\n")
            raise EOFError
        return data.decode("utf-8", "surrogateescape").removesuffix("\n")


def _edited_lines(monitor: Monitor, keep_history: bool) -> Callable[[], Awaitable[str]]:
    """Return a coroutine function for lines with editing, history and completion of words."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    from hmp.console.prompt.characters import draw_visibly
    from hmp.console.prompt.history import open_history
    from hmp.serve.readline_completion import complete

    class WordCompleter(Completer):
        """Completes the word before the cursor as QEMU does on a socket."""

        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterable[Completion]:
            text = document.text_before_cursor
            start, found = complete(monitor.context, text)
            for candidate in found:
                if not candidate.in_use:
                    shown = candidate.word + "," * candidate.takes_options
                    yield Completion(shown, start - len(text), display_meta=candidate.description)

    draw_visibly()
    history = open_history(keep_history)
    session: PromptSession[str] = PromptSession(
        history=history, completer=WordCompleter(), complete_while_typing=False
    )

    async def next_line() -> str:
        if trouble := history.take_trouble():
            _write_controls(f"{visible(trouble)}\n")
        return await session.prompt_async(PROMPT)

    return next_line
