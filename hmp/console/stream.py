"""The console's output on the terminal: a text stream that never fails, and holds up nobody."""

from __future__ import annotations

import asyncio
import os
import sys
import termios
from collections.abc import Callable
from contextlib import suppress

from hmp.serve.streams import STDOUT, open_anew, takes_output

WAIT_S = 0.3
"""How long a terminal that takes no output keeps a program that is to end."""
MAX_PENDING_BYTES = 1 << 24
"""How much may wait for the terminal; more waits for what is pending."""


class TerminalStream:
    """Writes to the terminal on stdout until that is gone; then text is dropped and `on_lost`
    called, once. A character that the terminal's encoding lacks is replaced.

    What a terminal does not take now, as after Ctrl-S, is written from the event loop.
    """

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self.encoding = sys.stdout.encoding
        self._on_lost, self._is_lost = on_lost, False
        self._descriptor = open_anew(STDOUT, os.O_WRONLY)
        self._loop = asyncio.get_running_loop()
        self._pending, self._is_watching = bytearray(), False
        self._is_drained = asyncio.Event()
        self._is_drained.set()

    def write(self, text: str) -> int:
        """Write a text, as far as possible."""
        if not self._is_lost:
            self._pending += text.encode(self.encoding, "replace")
            self._write_pending()
        while len(self._pending) > MAX_PENDING_BYTES:
            takes_output(self._descriptor, WAIT_S)
            self._write_pending()
        return len(text)

    def _write_pending(self) -> None:
        """Write what the terminal takes now, and the rest when it takes that."""
        try:
            while self._pending:
                del self._pending[: os.write(self._descriptor, self._pending)]
        except BlockingIOError:
            pass
        except OSError:
            self._lose()
        self._watch(bool(self._pending))

    def _watch(self, watching: bool) -> None:
        if watching == self._is_watching:
            return
        self._is_watching = watching
        if watching:
            self._is_drained.clear()
            self._loop.add_writer(self._descriptor, self._write_pending)
        else:
            self._is_drained.set()
            self._loop.remove_writer(self._descriptor)

    def _lose(self) -> None:
        self._is_lost = True
        self._pending.clear()
        self._on_lost()

    async def drained(self) -> None:
        """Wait until the terminal has taken everything."""
        await self._is_drained.wait()

    def close(self) -> None:
        """Write what is left to a terminal that takes it soon.

        Of what another has not taken, the end is written in any case: it gives the terminal back.
        """
        if self._pending and not takes_output(self._descriptor, WAIT_S):
            self._make_room()
        while self._pending and takes_output(self._descriptor, WAIT_S):
            self._write_pending()
        self._watch(False)

    def _make_room(self) -> None:
        """Undo Ctrl-S, and drop what nobody has read from the terminal."""
        with suppress(termios.error):
            # The second undoes what the first or Ctrl-S did, and neither undoes Ctrl-S alone.
            termios.tcflow(self._descriptor, termios.TCOOFF)
            termios.tcflow(self._descriptor, termios.TCOON)
        if not takes_output(self._descriptor, 0):
            with suppress(termios.error):
                termios.tcflush(self._descriptor, termios.TCOFLUSH)

    def flush(self) -> None:
        """Do nothing: a text is written as soon as the terminal takes it."""

    def isatty(self) -> bool:
        """Return whether the terminal is there."""
        return not self._is_lost and os.isatty(self._descriptor)

    def fileno(self) -> int:
        """Return the terminal's descriptor."""
        return STDOUT
