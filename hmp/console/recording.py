"""Record what a terminal shows as an asciinema recording (asciicast version 2)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

from hmp.errors import HostError
from hmp.files import open_regular, reason_of, write_all

DEFAULT_SIZE = os.terminal_size((100, 30))


class Recorder:
    """A text stream that writes to a recording, and to a terminal if there is one.

    When the recording can't be written any more, the terminal goes on without it.
    """

    def __init__(
        self, terminal: TextIO | None, path: str, descriptor: int, size: os.terminal_size
    ) -> None:
        self._terminal, self._path, self._descriptor = terminal, path, descriptor
        self._start, self._length = time.monotonic(), 0
        self._failure, self._has_failed = "", False
        self._hidden: dict[str, str] = {}
        self.encoding = "utf-8"
        header = {
            "version": 2,
            "width": size.columns,
            "height": size.lines,
            "timestamp": int(time.time()),
            "title": "hmp",
            "env": {"TERM": os.environ.get("TERM", "xterm-256color")},
        }
        self._append(json.dumps(header))

    def write(self, text: str) -> int:
        """Write and record a text."""
        if self._terminal:
            self._terminal.write(text)
        if not self._has_failed:
            seconds = round(time.monotonic() - self._start, 6)
            self._append(json.dumps([seconds, "o", self._recorded(text)], ensure_ascii=False))
        return len(text)

    def _recorded(self, text: str) -> str:
        for hidden in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(hidden, self._hidden[hidden])
        # A recording is played without a terminal driver, which would turn LF into CR LF.
        return text.replace("\r\n", "\n").replace("\n", "\r\n")

    def _append(self, line: str) -> None:
        data = f"{line}\n".encode("utf-8", "replace")
        try:
            write_all(self._descriptor, data)
        except OSError as error:
            self._failure = f"the recording has ended: can't write {self._path}: {reason_of(error)}"
            self._has_failed = True
            # What is recorded can be played if its last line is whole.
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._length)
        else:
            self._length += len(data)

    def hide(self, text: str, shown: str) -> None:
        """Record another text in place of this one from now on, such as that of a secret."""
        self._hidden[text] = shown

    def take_failure(self) -> str:
        """Return once why the recording has ended, for the terminal; empty where there is none."""
        if not self._terminal:
            return ""
        failure, self._failure = self._failure, ""
        return failure

    def check(self) -> None:
        """Raise HostError when the recording has ended and nobody was told."""
        if self._failure:
            raise HostError(self._failure)

    def flush(self) -> None:
        """Flush the terminal; what is recorded is written already."""
        if self._terminal:
            self._terminal.flush()

    def isatty(self) -> bool:
        """Return whether there is a terminal."""
        return self._terminal is not None and self._terminal.isatty()

    def fileno(self) -> int:
        """Return the terminal's descriptor; raise OSError without a terminal."""
        if self._terminal is None:
            raise OSError("no terminal")
        return self._terminal.fileno()


def recorder_of(stream: object) -> Recorder | None:
    """Return the recorder that `open_recording` has opened, None for a terminal."""
    return stream if isinstance(stream, Recorder) else None


@contextmanager
def open_recording(path: str, terminal: TextIO | None) -> Iterator[TextIO]:
    """Open a stream that records into the file at `path`; with an empty path yield the terminal.

    A symbolic link is not followed. Raise HostError when the file can't be written.
    """
    if not path and terminal:
        yield terminal
        return
    size = os.get_terminal_size(terminal.fileno()) if terminal else DEFAULT_SIZE
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
        descriptor = open_regular(os.path.expanduser(path), flags)
    except OSError as error:
        raise HostError(f"can't write {path}: {reason_of(error)}") from None
    try:
        os.ftruncate(descriptor, 0)
        recorder = Recorder(terminal, path, descriptor, size)
        recorder.check()
        yield cast(TextIO, recorder)
        recorder.check()
    finally:
        os.close(descriptor)
