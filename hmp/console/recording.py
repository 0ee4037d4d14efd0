"""Record what a terminal shows as an asciinema recording (asciicast version 2)."""

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
    """A text stream that writes to a recording, and to a terminal if there is one."""

    def __init__(self, terminal: TextIO | None, file: TextIO, size: os.terminal_size) -> None:
        self._terminal, self._file = terminal, file
        self._start = time.monotonic()
        self.encoding = "utf-8"
        header = {
            "version": 2,
            "width": size.columns,
            "height": size.lines,
            "timestamp": int(time.time()),
            "title": "hmp",
            "env": {"TERM": os.environ.get("TERM", "xterm-256color")},
        }
        file.write(json.dumps(header) + "\n")

    def write(self, text: str) -> int:
        """Write and record a text."""
        if self._terminal:
            self._terminal.write(text)
        seconds = round(time.monotonic() - self._start, 6)
        # A recording is played without a terminal driver, which would turn LF into CR LF.
        recorded = text.replace("\r\n", "\n").replace("\n", "\r\n")
        self._file.write(json.dumps([seconds, "o", recorded], ensure_ascii=False) + "\n")
        return len(text)

    def flush(self) -> None:
        """Flush the terminal and the recording."""
        if self._terminal:
            self._terminal.flush()
        self._file.flush()

    def isatty(self) -> bool:
        """Return whether there is a terminal."""
        return self._terminal is not None and self._terminal.isatty()

    def fileno(self) -> int:
        """Return the terminal's descriptor; raise OSError without a terminal."""
        if self._terminal is None:
            raise OSError("no terminal")
        return self._terminal.fileno()


@contextmanager
def open_recording(path: str, terminal: TextIO | None) -> Iterator[TextIO]:
    """Open a stream that records into the file at `path`; with an empty path yield the terminal.

    Raise HostError when the file can't be written.
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
