"""The console's output on the terminal: a text stream that never fails, and holds up no end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from hmp.serve.signals import is_terminating
from hmp.serve.streams import STDOUT, open_anew, takes_output

WAIT_S = 0.3
"""How long a terminal that takes no output keeps a program that is to end."""


class TerminalStream:
    """Writes to the terminal on stdout until that is gone; then text is dropped and `on_lost`
    called, once. A character that the terminal's encoding lacks is replaced.
    """

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self.encoding = sys.stdout.encoding
        self._on_lost, self._is_lost = on_lost, False
        self._descriptor = open_anew(STDOUT, os.O_WRONLY)

    def write(self, text: str) -> int:
        """Write a text, as far as possible."""
        data = text.encode(self.encoding, "replace")
        while data and not self._is_lost:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                self._wait()
            except OSError:
                self._lose()
        return len(text)

    def _wait(self) -> None:
        """Wait for a terminal that takes no output, as after Ctrl-S."""
        if not takes_output(self._descriptor, WAIT_S) and is_terminating():
            self._lose()

    def _lose(self) -> None:
        self._is_lost = True
        self._on_lost()

    def flush(self) -> None:
        """Do nothing: every text is written at once."""

    def isatty(self) -> bool:
        """Return whether the terminal is there."""
        return not self._is_lost and os.isatty(self._descriptor)

    def fileno(self) -> int:
        """Return the terminal's descriptor."""
        return STDOUT
