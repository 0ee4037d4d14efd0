"""Run a console on the terminal, alone or beside the sockets of the same machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TextIO, cast

from hmp.collector import no_collection
from hmp.console.stream import TerminalStream
from hmp.console.terminal import Terminal
from hmp.errors import InputError
from hmp.monitor import Monitor, ignore
from hmp.serve.event_loop import MachineDriver, report_exceptions
from hmp.serve.signals import CONSOLE_SIGNALS, block_console_signals, on_termination_signal
from hmp.settings.load import is_dumb_terminal
from hmp.settings.options import Settings

if TYPE_CHECKING:
    from hmp.console.output import ConsoleOutput
    from hmp.console.prompt.terminal_input import TerminalInput


def run_console(
    monitor: Monitor, settings: Settings, recording: str = "", words: Sequence[str] = ()
) -> int:
    """Run a console until `quit`, Ctrl-D or a termination signal; return the exit status, which is
    always 0. `words` are the command line of the machine.
    """
    return asyncio.run(_run_alone(monitor, settings, recording, words))


async def _run_alone(
    monitor: Monitor, settings: Settings, recording: str, words: Sequence[str]
) -> int:
    report_exceptions(monitor.context.to_stderr)
    driver = MachineDriver(monitor.machine)
    try:
        return await run_until_signal(run_console_async(monitor, settings, recording, words))
    finally:
        driver.end()


async def run_until_signal(work: Coroutine[Any, Any, int]) -> int:
    """Run a coroutine; return what it returns, or 0 when a termination signal cancels it."""
    block_console_signals()
    task = asyncio.ensure_future(work)
    on_termination_signal(ignore, task.cancel, CONSOLE_SIGNALS)
    try:
        return await task
    except asyncio.CancelledError:
        return 0


def canceller() -> Callable[[], None]:
    """Return a function that cancels the present task, and may be called in a signal handler."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    return lambda: cast(None, loop.call_soon_threadsafe(task.cancel))


async def run_console_async(
    monitor: Monitor, settings: Settings, recording: str = "", words: Sequence[str] = ()
) -> int:
    """Run a console in the present event loop, in which the caller drives the machine.

    Return the exit status; raise InputError for a recording of the plain console. When the terminal
    is gone, the task may be cancelled.
    """
    if settings.is_enabled("plain") and recording:
        raise InputError("--record: the plain console is not recorded")
    stream = TerminalStream(canceller())
    try:
        with Terminal() as terminal:
            try:
                if settings.is_enabled("plain"):
                    from hmp.console.plain import run_plain

                    await run_plain(monitor, settings.is_enabled("history"), terminal, stream)
                else:
                    await _run_full(monitor, settings, recording, words, terminal, stream)
                await stream.drained()
            finally:
                stream.close()
    except OSError:
        # prompt_toolkit warns, on stderr, of a terminal that is gone already.
        if stream.isatty():
            raise
    return 0


async def _run_full(
    monitor: Monitor,
    settings: Settings,
    recording: str,
    words: Sequence[str],
    terminal: Terminal,
    stream: TerminalStream,
) -> None:
    with no_collection():
        from hmp.console.console import Console
        from hmp.console.recording import open_recording

    with open_recording(recording, cast(TextIO, stream)) as shown:
        with no_collection():
            output, source = _output_and_input(settings, shown, terminal, stream)
            console = Console(monitor, settings, output, source, terminal, words=words)
        try:
            await console.run()
        finally:
            console.close()


def _output_and_input(
    settings: Settings, shown: TextIO, terminal: Terminal, stream: TerminalStream
) -> tuple[ConsoleOutput, TerminalInput | None]:
    """Return what the console writes to, and where its keys come from, if not from the driver of a
    dumb terminal.
    """
    from hmp.console.dumb import DumbOutput
    from hmp.console.output import ConsoleOutput, themed_output
    from hmp.console.prompt.style import theme_style
    from hmp.console.prompt.terminal_input import TerminalInput
    from hmp.console.recording import recorder_of

    is_ascii = settings.is_enabled("ascii")
    if is_dumb_terminal():
        return DumbOutput(shown, stream.drained, is_ascii), None
    output = ConsoleOutput(
        themed_output(shown, settings["theme"]),
        shown,
        theme_style(settings["theme"]),
        recorder_of(shown),
        stream.drained,
        is_ascii=is_ascii,
        in_words=settings.is_enabled("screen-reader"),
    )
    return output, TerminalInput(terminal)
