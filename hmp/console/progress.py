"""Progress of long work on the terminal's last line, and Ctrl-C that stops it.

What the work is and how it is undone is the machine's business (`hmp.machine.progress`).
"""

from __future__ import annotations

import os
import signal
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hmp.machine.progress import report_progress_to
from hmp.units import format_size_approx

PATIENCE = 0.3
BAR = 30
ERASE = "\r\x1b[K"


class Progress:
    """Draws a bar once the work takes longer than people wait without asking."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._start = time.monotonic()
        self._drawn = ""
        self.stopped = False

    def update(self, done: int, total: int) -> bool:
        """Show how far it is; False once Ctrl-C was pressed."""
        if time.monotonic() - self._start > PATIENCE:
            self._draw(done, total)
        return not self.stopped

    def _draw(self, done: int, total: int) -> None:
        filled = BAR * done // max(total, 1)
        bar = "█" * filled + "░" * (BAR - filled)
        amount = f"{format_size_approx(done)} of {format_size_approx(total)}"
        line = f"{bar} {amount} (Ctrl-C stops)"
        if line != self._drawn:
            self._drawn = line
            self._write(ERASE + line)

    def stop(self) -> None:
        """Ctrl-C: the work ends at the next look."""
        self.stopped = True

    def erase(self) -> None:
        """Leave no trace on the terminal."""
        if self._drawn:
            self._write(ERASE)


@contextmanager
def without_echo() -> Iterator[None]:
    """What is typed meanwhile does not run through what is shown; it is read when the prompt is
    there again.
    """
    if not os.isatty(0):
        yield
        return
    before = termios.tcgetattr(0)
    silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(0, termios.TCSANOW, silent)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSANOW, before)


@contextmanager
def interruptible(write: Callable[[str], None]) -> Iterator[Progress]:
    """Show progress of what is done meanwhile, and let Ctrl-C stop it instead of ending the
    program.
    """
    progress = Progress(write)
    try:
        with on_interrupt(progress.stop), report_progress_to(progress), without_echo():
            yield progress
    finally:
        progress.erase()


@contextmanager
def on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """Do something on Ctrl-C meanwhile instead of ending the program; a shell command beside us
    still ends.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda _number, _frame: act())
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, before)
