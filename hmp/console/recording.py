"""What a terminal shows, written as an asciinema recording (version 2) while it is shown.

What is shown is not known here.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from hmp.errors import HostError

DEFAULT_SIZE = os.terminal_size((100, 30))


class Recorder:
    """A stream that writes to a terminal, if there is one, and to a recording."""

    def __init__(self, terminal: TextIO | None, file: TextIO, size: os.terminal_size) -> None:
        self._terminal, self._file = terminal, file
        self._start = time.monotonic()
        self.encoding = "utf-8"
        head = {
            "version": 2,
            "width": size.columns,
            "height": size.lines,
            "timestamp": int(time.time()),
            "title": "hmp",
            "env": {"TERM": os.environ.get("TERM", "xterm-256color")},
        }
        file.write(json.dumps(head) + "\n")

    def write(self, text: str) -> int:
        """Show and record; line ends are recorded as the terminal shows them."""
        if self._terminal:
            self._terminal.write(text)
        seconds = round(time.monotonic() - self._start, 6)
        shown = text.replace("\r\n", "\n").replace("\n", "\r\n")
        self._file.write(json.dumps([seconds, "o", shown], ensure_ascii=False) + "\n")
        return len(text)

    def flush(self) -> None:
        """Pass on what was written."""
        if self._terminal:
            self._terminal.flush()
        self._file.flush()

    def isatty(self) -> bool:
        """Whether the terminal is one."""
        return self._terminal is not None and self._terminal.isatty()

    def fileno(self) -> int:
        """The terminal's descriptor; OSError without one."""
        if self._terminal is None:
            raise OSError("no terminal")
        return self._terminal.fileno()


@contextmanager
def recorded(path: str, terminal: TextIO | None) -> Iterator[TextIO]:
    """A stream for a console that records into the file at `path`, or just the terminal when that
    is empty.

    HostError when the file can't be written.
    """
    if not path and terminal:
        yield terminal
        return
    size = os.get_terminal_size(terminal.fileno()) if terminal else DEFAULT_SIZE
    try:
        with open(os.path.expanduser(path), "w", encoding="utf-8", errors="replace") as file:
            yield cast(TextIO, Recorder(terminal, file, size))
    except OSError as error:
        raise HostError(f"can't write {path}: {error.strerror}") from None
