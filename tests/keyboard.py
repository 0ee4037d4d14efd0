"""A console at a keyboard that a test types on, and a screen that it reads: pipe input and pyte.

The console runs in a thread with an event loop of its own.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO, cast

import pyte
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from hmp.console.console import Console
from hmp.console.output import ConsoleOutput
from hmp.console.prompt.style import theme_style
from hmp.console.recording import Recorder
from hmp.encoding import to_latin1
from hmp.serve.event_loop import MachineDriver
from hmp.settings.load import for_terminal
from hmp.settings.options import Settings
from tests.support import start_monitor

ROWS, COLUMNS = 40, 100
TIMEOUT_S = 10.0
TAB, ENTER, UP, RIGHT, ESCAPE, F1, F2, F4, CTRL_R, CTRL_C, CTRL_D = (
    "\t",
    "\r",
    "\x1b[A",
    "\x1b[C",
    "\x1b",
    "\x1bOP",
    "\x1bOQ",
    "\x1bOS",
    "\x12",
    "\x03",
    "\x04",
)
PASTE, END_OF_PASTE = "\x1b[200~", "\x1b[201~"

CURSOR_POSITION_REQUEST = "\x1b[6n"


class Terminal:
    """A terminal, emulated by pyte: takes what the console writes, and reports the cursor position
    when it is requested.
    """

    def __init__(self, keys: PipeInput, size: Size) -> None:
        self._keys = keys
        self.screen = pyte.Screen(size.columns, size.rows)
        self._stream = pyte.Stream(self.screen)
        self._lock = threading.Lock()
        self.encoding = "utf-8"
        self.written = ""
        # The text of the screen until something is written: tests ask for it all the time.
        self._text: str | None = None

    def write(self, text: str) -> int:
        with self._lock:
            self.written += text
            self._text = None
            self._stream.feed(
                text.replace(CURSOR_POSITION_REQUEST, "")
                .replace("\r\n", "\n")
                .replace("\n", "\r\n")
            )
            if CURSOR_POSITION_REQUEST in text:
                self._keys.send_text(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError("no descriptor")

    def text(self) -> str:
        """Return the screen, without blanks at ends of lines and empty lines at the end."""
        with self._lock:
            if self._text is None:
                lines = (line.rstrip() for line in self.screen.display)
                self._text = "\n".join(lines).rstrip()
            return self._text


class Keyboard:
    """Types keys, and reads the screen."""

    def __init__(self, terminal: Terminal, keys: PipeInput) -> None:
        self._terminal, self._keys = terminal, keys
        self.console: Console

    def type(self, *texts: str) -> None:
        """Press keys."""
        # In one write: the answer to a request for the cursor position may not come in between.
        self._keys.send_text("".join(texts))

    def enter(self, *lines: str) -> None:
        """Type lines, each when its prompt is there."""
        for line in lines:
            asked = self.console.prompt.prompt_count
            self.type(line, ENTER)
            self.wait(lambda asked=asked: self.console.prompt.prompt_count > asked)  # type: ignore[misc]

    def interrupt(self) -> None:
        """Press Ctrl-C while a command runs, which then is a signal."""
        self.console.interrupts.notify()

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        end = time.monotonic() + TIMEOUT_S
        while not holds():
            assert time.monotonic() < end, f"timeout; the screen shows:\n{self.text}"
            time.sleep(0.002)

    @property
    def text(self) -> str:
        """The text on the screen."""
        return self._terminal.text()

    @property
    def screen(self) -> pyte.Screen:
        """The screen with its colours."""
        return self._terminal.screen

    @property
    def written(self) -> str:
        """Everything that the terminal got, with its escape sequences."""
        return self._terminal.written

    def until(self, shown: str) -> str:
        """Wait until the screen shows a text; return the whole screen."""
        self.wait(lambda: shown in self.text)
        return self.text

    def until_gone(self, shown: str) -> str:
        """Wait until the screen no longer shows a text; return the whole screen."""
        self.wait(lambda: shown not in self.text)
        return self.text

    def until_line(self, typed: str) -> None:
        """Wait until the last prompt is followed by this line."""
        self.wait(lambda: self.text.rpartition("(qemu)")[2].split("\n")[0].strip() == typed)

    def reply(self, line: str) -> str:
        """Enter a line; return the screen between it and the next prompt."""
        self.enter(line)
        typed = f"(qemu) {line}\n"

        def is_answered() -> bool:
            _before, found, rest = self.text.rpartition(typed)
            # With two prompts the line is one of before, and this one is not drawn yet.
            return bool(found) and rest.count("\n(qemu)") + rest.startswith("(qemu)") == 1

        self.wait(is_answered)
        return self.text.rpartition(typed)[2].rpartition("(qemu)")[0]

    def letter(self, text: str) -> pyte.screens.Char:
        """Return the first letter of a text in the typed line, with its colours."""
        row, column = next(
            (row, line.rindex(text))
            for row, line in reversed(list(enumerate(self.text.split("\n"))))
            if line.startswith("(qemu)")
        )
        return self._terminal.screen.buffer[row][column]


def without_blanks(text: str) -> str:
    """Return a text without blanks and line ends: where a message is wrapped depends on the length
    of the test's own path in it.
    """
    return "".join(text.split())


@contextmanager
def keyboard(
    arguments: str = "-m 1G,slots=4,maxmem=8G",
    rows: int = ROWS,
    columns: int = COLUMNS,
    recording: BinaryIO | None = None,
    **settings: str,
) -> Iterator[Keyboard]:
    """A console on a machine, with settings by name (`as_you_type="on"`), and recorded into a file
    if there is one; no history of other sessions.
    """
    wanted = {name.replace("_", "-"): value for name, value in settings.items()}
    given = for_terminal(Settings({"history": "off", "pager": "off"} | wanted), {})
    ready, failed, size = threading.Event(), list[BaseException](), Size(rows, columns)
    with start_monitor(arguments) as monitor, create_pipe_input() as keys:
        terminal = Terminal(keys, size)
        typist = Keyboard(terminal, keys)

        async def converse() -> None:
            driver = MachineDriver(monitor.machine)
            stream, recorder = cast(TextIO, terminal), None
            if recording:
                recorded = os.terminal_size((columns, rows))
                recorder = Recorder(stream, recording.name, recording.fileno(), recorded)
                stream = cast(TextIO, recorder)
            output = Vt100_Output(stream, lambda: size)
            style = theme_style(given["theme"])
            console_output = ConsoleOutput(
                output,
                stream,
                style,
                recorder,
                is_ascii=given.is_enabled("ascii"),
                in_words=given.is_enabled("screen-reader"),
            )
            with create_app_session(input=keys, output=output):
                words = [to_latin1(word) for word in shlex.split(arguments)]
                typist.console = Console(monitor, given, console_output, keys, words=words)
                ready.set()
                try:
                    await typist.console.run()
                finally:
                    typist.console.close()
                    driver.end()

        def run() -> None:
            try:
                asyncio.run(converse())
            except BaseException as error:
                failed.append(error)
                ready.set()

        thread = threading.Thread(target=run)
        thread.start()
        ready.wait()
        try:
            typist.wait(lambda: bool(failed) or typist.console.prompt.prompt_count > 0)
            yield typist
        finally:
            keys.send_text(CTRL_C + CTRL_D)
            thread.join(TIMEOUT_S)
        assert not failed, failed
        assert not thread.is_alive()
