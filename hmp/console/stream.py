"""The console's output on the terminal: a text stream that never fails, and holds up nobody."""

from __future__ import annotations

import os
import sys
import termios
from collections.abc import Callable
from contextlib import suppress

from hmp.serve.event_loop import DescriptorWriter
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
        self._writer = DescriptorWriter(open_anew(STDOUT, os.O_WRONLY))
        self._writer.on_blocked = lambda _blocked: self._check()

    def write(self, text: str) -> int:
        """Write a text, as far as possible."""
        self._writer.write(text.encode(self.encoding, "replace"))
        while len(self._writer.pending) > MAX_PENDING_BYTES:
            takes_output(self._writer.descriptor, WAIT_S)
            self._writer.write_pending()
        self._check()
        return len(text)

    def _check(self) -> None:
        if self._writer.error and not self._is_lost:
            self._is_lost = True
            self._on_lost()

    async def drained(self) -> None:
        """Wait until the terminal has taken everything."""
        await self._writer.drained()

    def close(self) -> None:
        """Write what is left to a terminal that takes it soon.

        Of what another has not taken, the end is written in any case: it gives the terminal back.
        """
        writer = self._writer
        if writer.pending and not takes_output(writer.descriptor, WAIT_S):
            self._make_room()
        while writer.pending and takes_output(writer.descriptor, WAIT_S):
            writer.write_pending()
        writer.close()

    def _make_room(self) -> None:
        """Undo Ctrl-S, and drop what nobody has read from the terminal."""
        descriptor = self._writer.descriptor
        with suppress(termios.error):
            # The second undoes what the first or Ctrl-S did, and neither undoes Ctrl-S alone.
            termios.tcflow(descriptor, termios.TCOOFF)
            termios.tcflow(descriptor, termios.TCOON)
        if not takes_output(descriptor, 0):
            with suppress(termios.error):
                termios.tcflush(descriptor, termios.TCOFLUSH)

    def flush(self) -> None:
        """Do nothing: a text is written as soon as the terminal takes it."""

    def isatty(self) -> bool:
        """Return whether the terminal is there."""
        return not self._is_lost and os.isatty(self._writer.descriptor)

    def fileno(self) -> int:
        """Return the terminal's descriptor."""
        return STDOUT
