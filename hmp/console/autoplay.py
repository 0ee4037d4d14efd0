"""A lesson that types itself, for a talk: keys go into the real console, at the pace of somebody
who types.

What the lesson says and checks is in `hmp.lessons`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TextIO, cast

from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from hmp.console.console import Console
from hmp.console.output import Screen
from hmp.console.progress import without_echo
from hmp.console.prompt.style import style_of
from hmp.console.recording import DEFAULT_SIZE, recorded
from hmp.errors import StateError
from hmp.lessons.library import load_lesson
from hmp.monitor import Monitor
from hmp.serve.driver import MachineDriver
from hmp.settings.options import Settings

WHERE = "\x1b[6n"
KEY_SECONDS, LINE_SECONDS, LETTERS_READ_PER_SECOND = 0.06, 1.2, 25
BETWEEN_LOOKS = 0.001


def play(monitor: Monitor, settings: Settings, name: str, speed: float, recording: str) -> int:
    """Play a lesson on the terminal, or only into a recording; the exit status, 1 when a step did
    not come out.
    """
    terminal = sys.stdout if os.isatty(1) else None
    if terminal is None and not recording:
        raise StateError("--play needs a terminal, or --record FILE")
    load_lesson(name)  # What is wrong with it is said before anything is shown.
    if os.environ.get("NO_COLOR"):
        settings["theme"] = "mono"
    for switch in ("history", "suggestions", "pager"):
        settings.turn(switch, False)
    with recorded(recording, terminal) as stream, create_pipe_input() as keys, without_echo():
        answering = cast(TextIO, _Answering(stream, keys))
        return asyncio.run(_play(monitor, settings, name, speed, answering, keys))


async def _play(
    monitor: Monitor, settings: Settings, name: str, speed: float, stream: TextIO, keys: PipeInput
) -> int:
    output = Vt100_Output(stream, _size, term=os.environ.get("TERM"))
    screen = Screen(output, stream, style_of(settings["theme"]))
    turns = MachineDriver(monitor.machine)
    with create_app_session(input=keys, output=output):
        console = Console(monitor, settings, screen, keys)
        typist = asyncio.ensure_future(_Typist(console, keys, speed).play(name))
        try:
            await console.converse()
            return await typist
        finally:
            typist.cancel()
            console.tutorial.close()
            turns.end()


def _size() -> Size:
    """The terminal's size, or the usual one of a recording without a terminal."""
    size = os.get_terminal_size(1) if os.isatty(1) else DEFAULT_SIZE
    return Size(rows=size.lines, columns=size.columns)


class _Answering:
    """A stream to a terminal that answers itself where the cursor is: nobody reads what the real
    one would say.

    It claims that the cursor is in the last row, so that nothing is drawn further below than it
    must.
    """

    def __init__(self, stream: TextIO, keys: PipeInput) -> None:
        self._stream, self._keys = stream, keys
        self.encoding = "utf-8"

    def write(self, text: str) -> int:
        self._stream.write(text.replace(WHERE, ""))
        for _question in range(text.count(WHERE)):
            self._keys.send_text(f"\x1b[{_size().rows};1R")
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()


class _Typist:
    """Types a lesson's lines into a console, and leaves it."""

    def __init__(self, console: Console, keys: PipeInput, speed: float) -> None:
        self._console, self._keys, self._speed = console, keys, speed

    async def play(self, name: str) -> int:
        """Type `learn` and every step; 0 when the lesson came to its end."""
        await self._enter(f"learn {name}")
        progress = self._console.tutorial.progress
        if progress is None:
            self._keys.send_text("\x04")
            return 1
        await self._read(progress.lesson.text)
        while (step := progress.step) is not None:
            await self._read(step.text)
            for line in step.lines:
                await self._enter(line)
            if progress.step is step:
                break
        self._keys.send_text("\x04")
        return 1 if progress.step else 0

    async def _enter(self, line: str) -> None:
        """Type a line when the prompt is there, and wait until it was run."""
        await self._until_asked(1)
        for letter in line:
            self._keys.send_text(letter)
            await self._pause(KEY_SECONDS)
        await self._pause(LINE_SECONDS / 2)
        asked = self._console.prompt.asked
        self._keys.send_text("\r")
        await self._until_asked(asked + 1)
        await self._pause(LINE_SECONDS)

    async def _until_asked(self, times: int) -> None:
        """Wait until the prompt was shown so many times."""
        while self._console.prompt.asked < times:
            await asyncio.sleep(BETWEEN_LOOKS)

    async def _read(self, text: str) -> None:
        await self._pause(len(text) / LETTERS_READ_PER_SECOND)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)
