"""Draw a progress bar for long work of the host, and let Ctrl-C cancel it.

The work itself, and how it is undone, is in `hmp.machine.progress` and its callers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hmp.console.terminal import Interrupts
from hmp.machine.progress import report_progress_to
from hmp.monitor import ignore
from hmp.serve.signals import is_terminating
from hmp.units import format_sizes_approx

DRAW_DELAY_S, SENTENCE_DELAY_S = 0.5, 2.0
BAR_WIDTH, DEFAULT_COLUMNS = 30, 80
ERASE_LINE = "\r\x1b[K"


class Progress:
    """A progress bar that is first drawn after DRAW_DELAY_S, since most commands are faster.

    `columns` returns the width of the terminal: what went over it could not be erased.
    """

    def __init__(
        self,
        write: Callable[[str], None] = ignore,
        columns: Callable[[], int] = lambda: DEFAULT_COLUMNS,
    ) -> None:
        self._write, self._columns = write, columns
        self._start = time.monotonic()
        self._drawn = ""
        self.cancelled = False

    def update(self, done: int, total: int) -> bool:
        """Draw how many bytes of `total` are done; return False once the work is cancelled."""
        if time.monotonic() - self._start > DRAW_DELAY_S:
            self._draw(done, total)
        return not (self.cancelled or is_terminating())

    def _draw(self, done: int, total: int) -> None:
        room = max(self._columns() - 1, 0)
        text = f" {' of '.join(format_sizes_approx(done, total))} (Ctrl-C stops)"
        width = max(min(BAR_WIDTH, room - len(text)), 0)
        filled = width * done // max(total, 1)
        line = ("█" * filled + "░" * (width - filled) + text)[:room]
        if line != self._drawn:
            self._drawn = line
            self._write(ERASE_LINE + line)

    def cancel(self) -> None:
        """Have the work end at its next update."""
        self.cancelled = True

    def erase(self) -> None:
        """Remove the bar from the terminal."""
        if self._drawn:
            self._write(ERASE_LINE)
            self._drawn = ""


class ProgressInWords(Progress):
    """Says how far long work is, in a line every SENTENCE_DELAY_S; `write` prints a line."""

    def _draw(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._start > SENTENCE_DELAY_S:
            self._start = now
            amounts = format_sizes_approx(done, total)
            self._write(f"{' of '.join(amounts)} done; Ctrl-C stops")

    def erase(self) -> None:
        """Leave the lines where they are."""


@contextmanager
def interruptible(progress: Progress, interrupts: Interrupts) -> Iterator[Progress]:
    """Show the progress of the work in the block, and have Ctrl-C cancel it."""
    try:
        with interrupts.calling(progress.cancel), report_progress_to(progress):
            yield progress
    finally:
        progress.erase()
