"""The program on a terminal of its own, as tests of keys, signals and ends run it."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support import ROOT

END_S = 10.0
WRITTEN_MODES = {
    "cursor hidden": (b"\x1b[?25l", b"\x1b[?25h"),
    "paste marked": (b"\x1b[?2004h", b"\x1b[?2004l"),
    "no wrapping": (b"\x1b[?7l", b"\x1b[?7h"),
}
"""What a terminal may be left with: the sequences that switch it on and off."""


class TerminalProcess:
    """The program in a session of its own, whose terminal's other side is here.

    `shown` is what was read from there. Without `controls`, closing the terminal sends no SIGHUP.
    Another `stdout` is the descriptor of another terminal.
    """

    def __init__(
        self,
        *arguments: str,
        folder: Path,
        controls: bool = True,
        stdout: int | None = None,
        **more: str,
    ) -> None:
        self.screen, self._terminal = os.openpty()
        self.folder, self.shown = folder, b""
        self._modes = termios.tcgetattr(self._terminal)
        self.resize((40, 160))

        def take_terminal() -> None:
            if controls:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            else:
                signal.signal(signal.SIGHUP, signal.SIG_IGN)

        self.process = subprocess.Popen(
            [sys.executable, "-m", "hmp", "-m", "256M,slots=2,maxmem=4G", *arguments],
            cwd=folder,
            env={**usual_environment(folder), "PYTHONPATH": str(ROOT), **more},
            stdin=self._terminal,
            stdout=self._terminal if stdout is None else stdout,
            stderr=self._terminal,
            start_new_session=True,
            preexec_fn=take_terminal,
        )

    def pause(self, seconds: float) -> None:
        """Read what the program shows, for some time."""
        if self.screen < 0:
            time.sleep(seconds)
            return
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) >= 0:
            if not select.select([self.screen], [], [], left)[0]:
                return
            with suppress(OSError):
                self.shown += os.read(self.screen, 1 << 16)

    def wait(self, holds: Callable[[], bool]) -> bool:
        """Wait until a condition holds; return whether it does so soon enough."""
        end = time.monotonic() + END_S
        while not holds() and time.monotonic() < end:
            self.pause(0.01)
        return holds()

    def until(self, text: str) -> None:
        """Wait until a text is shown, and forget what came before its end."""
        data = text.encode()
        assert self.wait(lambda: data in self.shown), self.shown
        self.shown = self.shown.partition(data)[2]

    def until_file(self, name: str) -> None:
        """Wait until the program has made a file."""
        assert self.wait(lambda: os.path.lexists(self.folder / name)), self.shown

    def type(self, text: str) -> None:
        """Press keys, as far as the terminal takes them."""
        os.set_blocking(self.screen, False)
        with suppress(BlockingIOError):
            os.write(self.screen, text.encode())
        os.set_blocking(self.screen, True)

    def resize(self, size: tuple[int, int]) -> None:
        """Give the terminal rows and columns."""
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal, as its window is closed."""
        os.close(self.screen)
        self.screen = -1

    def has_ended(self) -> bool:
        """Return whether the process has ended."""
        return self.process.poll() is not None

    def faults_after_end(self, *files: str) -> list[str]:
        """Wait for the end; return what is not as it was before: the terminal, and files."""
        found = [] if self.wait(self.has_ended) else ["still runs"]
        found += [f"{name} is left" for name in files if os.path.lexists(self.folder / name)]
        if self.screen < 0:
            return found
        self.pause(0.02)
        if termios.tcgetattr(self._terminal) != self._modes:
            found.append("other modes")
        for name, (on, off) in WRITTEN_MODES.items():
            if self.shown.rfind(on) > self.shown.rfind(off):
                found.append(name)
        return found

    def close(self) -> None:
        """End whatever is left."""
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)
        if self.screen >= 0:
            self.hang_up()


@contextmanager
def on_terminal(
    *arguments: str,
    folder: Path,
    controls: bool = True,
    stdout: int | None = None,
    **more: str,
) -> Iterator[TerminalProcess]:
    """Run the program on a terminal; `more` are environment variables."""
    process = TerminalProcess(*arguments, folder=folder, controls=controls, stdout=stdout, **more)
    try:
        yield process
    finally:
        process.close()


def usual_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a capable terminal, with no settings or history of the user."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("NO_COLOR", "PAGER", "LESS")
    }
    return {
        **inherited,
        "TERM": "xterm-256color",
        "XDG_STATE_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        # Nobody answers requests for the cursor's position.
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }
