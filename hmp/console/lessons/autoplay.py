"""Play a lesson by itself (--play): type its lines into a real console at a person's pace."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from hmp.console.console import Console
from hmp.console.line import CONSOLE_COMMANDS
from hmp.console.output import ConsoleOutput
from hmp.console.prompt.style import theme_style
from hmp.console.recording import DEFAULT_SIZE, open_recording, recorder_of
from hmp.console.session import canceller, run_until_signal
from hmp.console.stream import TerminalStream
from hmp.console.terminal import Terminal
from hmp.errors import StateError
from hmp.lessons.confinement import check_typed
from hmp.lessons.load import load_lesson
from hmp.monitor import Monitor
from hmp.serve.event_loop import MachineDriver, report_exceptions
from hmp.serve.streams import STDOUT
from hmp.settings.options import Settings

CURSOR_POSITION_REQUEST = "\x1b[6n"
KEY_DELAY_S, LINE_DELAY_S, CHARACTERS_READ_PER_S = 0.06, 1.2, 25
POLL_INTERVAL_S = 0.001
CTRL_D = "\x04"


def play(monitor: Monitor, settings: Settings, name: str, speed: float, recording: str) -> int:
    """Play a lesson on the terminal, into a recording, or both.

    Return the exit status, 1 when a check of the lesson failed. Raise HmpError when there is
    neither terminal nor recording, or when the lesson or the recording can't be opened.
    """
    if not os.isatty(STDOUT) and not recording:
        raise StateError("--play needs a terminal, or --record FILE")
    # Both raise before anything is shown. A name is typed as well, as the argument of `learn`.
    load_lesson(name, CONSOLE_COMMANDS)
    check_typed(f"learn {name}")
    if os.environ.get("NO_COLOR"):
        settings["theme"] = "mono"
    # The user's own history has no part in it, and a pager would wait for keys.
    for option in ("history", "suggestions", "pager"):
        settings.set_enabled(option, False)
    return asyncio.run(_play_alone(monitor, settings, name, speed, recording))


async def _play_alone(
    monitor: Monitor, settings: Settings, name: str, speed: float, recording: str
) -> int:
    report_exceptions(monitor.context.to_stderr)
    driver = MachineDriver(monitor.machine)
    try:
        return await run_until_signal(_play(monitor, settings, name, speed, recording))
    finally:
        driver.end()


async def _play(
    monitor: Monitor, settings: Settings, name: str, speed: float, recording: str
) -> int:
    end = canceller()
    with (
        Terminal() as terminal,
        _terminal_stream(end) as shown_on,
        open_recording(recording, shown_on) as stream,
        create_pipe_input() as keys,
        terminal.interrupts.calling(end),
    ):
        replying = cast(TextIO, _CursorReportingStream(stream, keys))
        shown = Vt100_Output(replying, _terminal_size, term=os.environ.get("TERM"))
        style = theme_style(settings["theme"])
        output = ConsoleOutput(shown, replying, style, recorder_of(stream))
        with create_app_session(input=keys, output=shown):
            console = Console(monitor, settings, output, keys, terminal, is_played=True)
            return await _run(console, _Typist(console, keys, speed).play(name))


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


async def _run(console: Console, typing: Coroutine[Any, Any, int]) -> int:
    """Run a console while somebody types; return what that returns."""
    typist = asyncio.ensure_future(typing)
    try:
        await console.run()
        return await typist
    finally:
        typist.cancel()
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


class _Typist:
    """Types a lesson's lines into a console, then Ctrl-D."""

    def __init__(self, console: Console, keys: PipeInput, speed: float) -> None:
        self._console, self._keys, self._speed = console, keys, speed

    async def play(self, name: str) -> int:
        """Type `learn` and every step; return 0 when all checks passed, else 1."""
        await self._enter(f"learn {name}")
        progress = self._console.tutorial.progress
        if progress is None:
            self._keys.send_text(CTRL_D)
            return 1
        await self._read(progress.lesson.text)
        while (step := progress.step) is not None:
            await self._read(step.text)
            for line in step.lines:
                await self._enter(line)
            if progress.step is step:  # Its own lines did not solve it.
                break
        self._keys.send_text(CTRL_D)
        return 1 if progress.step else 0

    async def _enter(self, line: str) -> None:
        """Type a line at the prompt, and wait until it has run."""
        await self._wait_for_prompt(1)
        for character in line:
            self._keys.send_text(character)
            await self._pause(KEY_DELAY_S)
        await self._pause(LINE_DELAY_S / 2)
        count = self._console.prompt.prompt_count
        self._keys.send_text("\r")
        await self._wait_for_prompt(count + 1)
        await self._pause(LINE_DELAY_S)

    async def _wait_for_prompt(self, count: int) -> None:
        while self._console.prompt.prompt_count < count:
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _read(self, text: str) -> None:
        """Pause as long as a person needs to read a text."""
        await self._pause(len(text) / CHARACTERS_READ_PER_S)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)
