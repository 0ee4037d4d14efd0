"""Draw a progress bar for long work of the host, and let Ctrl-C cancel it.

The work itself, and how it is undone, is in `hmp.machine.progress` and its callers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hmp.console.terminal import Interrupts
from hmp.machine.progress import report_progress_to
from hmp.serve.signals import is_terminating
from hmp.units import format_size_approx

DRAW_DELAY_S = 0.3
BAR_WIDTH = 30
ERASE_LINE = "\r\x1b[K"


class Progress:
    """A progress bar that is first drawn after DRAW_DELAY_S, since most commands are faster."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._start = time.monotonic()
        self._drawn = ""
        self.cancelled = False

    def update(self, done: int, total: int) -> bool:
        """Draw how many bytes of `total` are done; return False once the work is cancelled."""
        if time.monotonic() - self._start > DRAW_DELAY_S:
            self._draw(done, total)
        return not (self.cancelled or is_terminating())

    def _draw(self, done: int, total: int) -> None:
        filled = BAR_WIDTH * done // max(total, 1)
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        amount = f"{format_size_approx(done)} of {format_size_approx(total)}"
        line = f"{bar} {amount} (Ctrl-C stops)"
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


@contextmanager
def interruptible(write: Callable[[str], None], interrupts: Interrupts) -> Iterator[Progress]:
    """Draw the progress of the work in the block, and have Ctrl-C cancel it."""
    progress = Progress(write)
    try:
        with interrupts.calling(progress.cancel), report_progress_to(progress):
            yield progress
    finally:
        progress.erase()
