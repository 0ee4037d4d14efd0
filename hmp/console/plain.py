"""Run the plain console: the prompt, a line, and the monitor's text alone.

It is for `--plain`, with editing, history and completion of words. On a dumb terminal
the driver edits lines, and no escape sequence is written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TextIO, cast

from hmp.console.progress import Progress, interruptible
from hmp.console.stream import TerminalStream
from hmp.console.terminal import Terminal
from hmp.encoding import to_latin1, to_unicode
from hmp.monitor import Monitor
from hmp.settings.load import is_dumb_terminal
from hmp.text import visible


async def run_plain(
    monitor: Monitor, keep_history: bool, terminal: Terminal, stream: TerminalStream
) -> None:
    """Read and run lines until the machine has shut down or the input ends."""

    def write(text: str, raw: bool = False) -> None:
        # Text of the monitor (bytes, held in a Latin-1 str).
        shown = to_unicode(text)
        stream.write(shown if raw else visible(shown))

    monitor.context.to_stdout = write
    if is_dumb_terminal():
        from hmp.console.dumb import DriverLines

        lines = DriverLines(terminal, write)
        await _converse(monitor, terminal, stream, write, lambda: lines.next_line(monitor.prompt))
        return
    with terminal.quiet():
        next_line = _edited_lines(monitor, keep_history, terminal, cast(TextIO, stream))
        await _converse(monitor, terminal, stream, write, next_line)


async def _converse(
    monitor: Monitor,
    terminal: Terminal,
    stream: TerminalStream,
    write: Callable[..., None],
    next_line: Callable[[], Awaitable[str]],
) -> None:
    write(f"{monitor.banner}\n")
    while not monitor.has_ended:
        try:
            line = await next_line()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        typed = to_latin1(line)
        if not await _is_agreed(monitor.danger(typed), write, next_line):
            continue
        with interruptible(Progress(), terminal.interrupts) as progress:
            execution = monitor.run_line(typed)
            async for part in execution.stream():
                write(part, execution.clears)
                # Sockets are served between two parts.
                await asyncio.sleep(0)
                await stream.drained()
                if progress.cancelled:
                    break
            monitor.machine.run_guest()


async def _is_agreed(
    danger: str, write: Callable[..., None], next_line: Callable[[], Awaitable[str]]
) -> bool:
    """Return whether a person agrees to a line, which most do not need."""
    if not danger:
        return True
    write(f"{danger}. Send it? (y/N)\n")
    try:
        return (await next_line()).strip().lower() == "y"
    except (KeyboardInterrupt, EOFError):
        return False


def _edited_lines(
    monitor: Monitor, keep_history: bool, terminal: Terminal, stream: TextIO
) -> Callable[[], Awaitable[str]]:
    """Return a coroutine function for lines with editing, history and completion of words."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.output import create_output

    from hmp.console.prompt.characters import draw_visibly
    from hmp.console.prompt.editing import edit_line
    from hmp.console.prompt.history import open_history
    from hmp.console.prompt.terminal_input import TerminalInput
    from hmp.serve.readline.completion import complete

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
        input=TerminalInput(terminal),
        output=create_output(stream),
        history=history,
        completer=WordCompleter(),
        complete_while_typing=False,
        enable_suspend=True,
    )

    async def next_line() -> str:
        if trouble := history.take_trouble():
            stream.write(f"{visible(trouble)}\n")
        return await edit_line(session, terminal, monitor.prompt)

    return next_line
