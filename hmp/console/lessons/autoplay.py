"""Play a lesson by itself (--play): type its lines into a real console at a person's pace."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TextIO, cast

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from hmp.console.console import Console
from hmp.console.lessons.presenter import Presenter
from hmp.console.lessons.typist import Typist
from hmp.console.line import CONSOLE_COMMANDS
from hmp.console.output import ConsoleOutput
from hmp.console.prompt.style import theme_style
from hmp.console.recording import DEFAULT_SIZE, open_recording, recorder_of
from hmp.console.run import canceller, run_until_signal
from hmp.console.stream import TerminalStream
from hmp.console.terminal import Terminal
from hmp.errors import StateError
from hmp.lessons.confinement import check_typed
from hmp.lessons.load import load_lesson
from hmp.monitor import Monitor
from hmp.serve.event_loop import MachineDriver, report_exceptions
from hmp.serve.streams import STDOUT, is_terminal
from hmp.settings.load import for_terminal
from hmp.settings.options import Settings

CURSOR_POSITION_REQUEST = "\x1b[6n"


class Play(NamedTuple):
    """What is played: a lesson, how many times as fast as a person, into which recording if any,
    and whether a presenter asks for each line (`by_step`).
    """

    name: str
    speed: float = 1.0
    recording: str = ""
    by_step: bool = False


def play(monitor: Monitor, settings: Settings, wanted: Play) -> int:
    """Play a lesson on the terminal, into a recording, or both; return the exit status.

    Raise HmpError when there is neither terminal nor recording, when the lesson or the recording
    can't be opened, and at the end when a step was not done by its own lines.
    """
    if wanted.by_step and not is_terminal():
        raise StateError("--step needs a terminal, with a person at it")
    if not os.isatty(STDOUT) and not wanted.recording:
        raise StateError("--play needs a terminal, or --record FILE")
    # Both raise before anything is shown. A name is typed as well, as the argument of `learn`.
    load_lesson(wanted.name, CONSOLE_COMMANDS)
    check_typed(f"learn {wanted.name}")
    for_terminal(settings)
    # The user's own history has no part in it, and a pager would wait for keys.
    for option in ("history", "suggestions", "pager"):
        settings.set_enabled(option, False)
    return asyncio.run(_play_alone(monitor, settings, wanted))


async def _play_alone(monitor: Monitor, settings: Settings, wanted: Play) -> int:
    report_exceptions(monitor.context.to_stderr)
    driver = MachineDriver(monitor.machine)
    try:
        return await run_until_signal(_play(monitor, settings, wanted))
    finally:
        driver.end()


async def _play(monitor: Monitor, settings: Settings, wanted: Play) -> int:
    end = canceller()
    with (
        Terminal() as terminal,
        _terminal_stream(end) as shown_on,
        open_recording(wanted.recording, shown_on) as stream,
        create_pipe_input() as keys,
    ):
        replying = cast(TextIO, _CursorReportingStream(stream, keys))
        shown = Vt100_Output(replying, _terminal_size, term=os.environ.get("TERM"))
        style = theme_style(settings["theme"])
        output = ConsoleOutput(
            shown,
            replying,
            style,
            recorder_of(stream),
            is_ascii=settings.is_enabled("ascii"),
            in_words=settings.is_enabled("screen-reader"),
        )
        presenter = Presenter(terminal, keys) if wanted.by_step else None
        with (
            create_app_session(input=keys, output=shown),
            terminal.interrupts.calling(lambda: _interrupt(presenter, end)),
        ):
            console = Console(monitor, settings, output, keys, terminal, is_played=True)
            typist = Typist(console, keys, wanted.speed, presenter)
            await _run(console, typist.play(wanted.name), presenter)
    return 0


def _interrupt(presenter: Presenter | None, end: Callable[[], None]) -> None:
    # On a free console Ctrl-C is a key.
    if not (presenter and presenter.is_free):
        end()


@contextmanager
def _terminal_stream(on_lost: Callable[[], None]) -> Iterator[TextIO | None]:
    if not os.isatty(STDOUT):
        yield None
        return
    stream = TerminalStream(on_lost)
    try:
        yield cast(TextIO, stream)
    finally:
        stream.close()


async def _run(
    console: Console, typing: Coroutine[Any, Any, None], presenter: Presenter | None
) -> None:
    """Run a console while somebody types; raise what that raises."""
    tasks = [asyncio.ensure_future(typing)]
    if presenter:
        tasks.append(asyncio.ensure_future(presenter.read()))
    try:
        await console.run()
        # The console may end before everything was typed.
        if tasks[0].done() or not presenter:
            await tasks[0]
    finally:
        for task in tasks:
            task.cancel()
        console.tutorial.close()


def _terminal_size() -> Size:
    size = os.get_terminal_size(STDOUT) if os.isatty(STDOUT) else DEFAULT_SIZE
    return Size(rows=size.lines, columns=size.columns)


class _CursorReportingStream:
    """A stream that answers cursor position requests itself, since keys come from a pipe.

    A terminal would answer on stdin, which is not read, and prompt_toolkit shows no toolbar before
    the answer.

    It reports the last row, so that prompt_toolkit reserves no rows below the prompt.
    """

    def __init__(self, stream: TextIO, keys: PipeInput) -> None:
        self._stream, self._keys = stream, keys
        self.encoding = "utf-8"

    def write(self, text: str) -> int:
        self._stream.write(text.replace(CURSOR_POSITION_REQUEST, ""))
        for _request in range(text.count(CURSOR_POSITION_REQUEST)):
            self._keys.send_text(f"\x1b[{_terminal_size().rows};1R")
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()
