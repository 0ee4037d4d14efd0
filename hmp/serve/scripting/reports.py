"""How a script is answered: as a terminal would show it, replies alone (--quiet), or objects
(--json).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from hmp.encoding import to_latin1, to_unicode
from hmp.monitor import PROMPT, Execution
from hmp.serve.streams import STDOUT

MAX_PENDING_BYTES = 1 << 20


class Output:
    """Collects text (bytes, held in a Latin-1 str) and writes it to stdout in large pieces: to a
    terminal with control characters made visible.

    `flush` has to be called before every wait for input.
    """

    def __init__(self, write_stdout: Callable[[bytes], None]) -> None:
        self.write_stdout = write_stdout
        self._pending: list[str] = []
        self._size = 0
        self._is_terminal = os.isatty(STDOUT)

    def write(self, data: str, raw: bool = False) -> None:
        """Add text, `raw` if a terminal is to obey it, to what is to be written; raise
        OutputLostError when writing fails.
        """
        if self._is_terminal and not raw:
            from hmp.text import visible

            data = to_latin1(visible(to_unicode(data)))
        self._pending.append(data)
        self._size += len(data)
        if self._size >= MAX_PENDING_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write everything; raise OutputLostError when that fails."""
        data = "".join(self._pending).encode("latin-1")
        self._pending.clear()
        self._size = 0
        self.write_stdout(data)


class Report(Protocol):
    """Answers the commands of a script, one after the other.

    `begin` comes before a command, `part` for each part of its reply, `end` after it, `ask` when
    another is wanted and `close` at the end of the input. `to_stdout` takes what QEMU writes past
    the monitor. `names_failures` tells whether a failed command is reported with its location.
    """

    names_failures: bool

    def begin(self, line: str) -> None: ...
    def part(self, execution: Execution, text: str) -> None: ...
    def end(self, execution: Execution, location: str) -> None: ...
    def ask(self) -> None: ...
    def close(self) -> None: ...
    def to_stdout(self, text: str) -> None: ...


class Transcript:
    """What a terminal would show: the banner, then prompt, line and reply."""

    names_failures = False

    def __init__(self, output: Output, banner: str) -> None:
        self._output = output
        self._output.write(f"{banner}\n")

    def ask(self) -> None:
        self._output.write(PROMPT)

    def begin(self, line: str) -> None:
        self._output.write(f"{line}\n")

    def part(self, execution: Execution, text: str) -> None:
        self._output.write(text, execution.clears)

    def end(self, execution: Execution, location: str) -> None:
        pass

    def close(self) -> None:
        # The cursor moves below the last prompt.
        self._output.write("\n")

    def to_stdout(self, text: str) -> None:
        # As in QEMU on stdio (docs/qemu-behaviour/monitor.md §11).
        self._output.write(text)
