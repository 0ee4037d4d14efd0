"""The keys typed on the console's terminal, for prompt_toolkit."""

from __future__ import annotations

import sys
from codecs import getincrementaldecoder
from contextlib import AbstractContextManager

from prompt_toolkit.input.posix_utils import PosixStdinReader
from prompt_toolkit.input.vt100 import Vt100Input

from hmp.console.terminal import Terminal


class TerminalInput(Vt100Input):
    """Reads the terminal on stdin, whose modes `terminal` changes; closed once it is gone."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(sys.stdin)
        self._terminal = terminal
        self.stdin_reader = _Reader(terminal, self.fileno(), sys.stdin.encoding)

    def raw_mode(self) -> AbstractContextManager[None]:
        return self._terminal.raw()

    def cooked_mode(self) -> AbstractContextManager[None]:
        # For what is printed above the prompt; keys typed meanwhile are for the prompt.
        return self._terminal.raw()


class _Reader(PosixStdinReader):
    """Ends where prompt_toolkit's reads on: at an error, which a terminal that is gone gives."""

    def __init__(self, terminal: Terminal, descriptor: int, encoding: str) -> None:
        super().__init__(descriptor, encoding=encoding)
        self._terminal = terminal
        self._decoder = getincrementaldecoder(encoding)("surrogateescape")

    def read(self, count: int = 1024) -> str:
        data = self._terminal.read(count)
        self.closed = data == b""
        return self._decoder.decode(data or b"")
