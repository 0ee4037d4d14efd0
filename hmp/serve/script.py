"""Script mode: commands come from a pipe or file, and stdout gets what a terminal would show.

Neither prompt_toolkit nor asyncio may be imported here: a script must start at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.monitor import BANNER, PROMPT
from hmp.serve import READ_BYTES

if TYPE_CHECKING:
    from hmp.monitor import Monitor


class Transcript:
    """Collects text (bytes, held in a Latin-1 str) and writes it to a descriptor in large pieces.

    `flush` has to be called before every wait for input.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending: list[str] = []

    def write(self, data: str) -> None:
        """Add text to what is to be written."""
        self._pending.append(data)

    def flush(self) -> None:
        """Write everything; BrokenPipeError when the reader is gone."""
        data = "".join(self._pending).encode("latin-1")
        self._pending.clear()
        while data:
            data = data[os.write(self._descriptor, data) :]


class LineSplitter:
    """Splits a stream of bytes into lines (bytes, held in a Latin-1 str, without the newline)."""

    def __init__(self) -> None:
        self._unfinished = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that `data` completes; at the end of input, b"", what is left over."""
        *lines, rest = (self._unfinished + data).split(b"\n")
        if not data and rest:
            lines.append(rest)
        self._unfinished = rest if data else b""
        return [line.decode("latin-1") for line in lines]


def read_lines(descriptor: int, before_wait: Transcript) -> Iterator[str]:
    """Yield the lines of a descriptor as they arrive."""
    splitter = LineSplitter()
    data = None
    while data != b"":
        before_wait.flush()
        data = os.read(descriptor, READ_BYTES)
        yield from splitter.feed(data)


class ScriptRunner:
    """Runs the lines of a script; `status` is the exit status so far."""

    def __init__(self, monitor: Monitor, transcript: Transcript, exit_on_error: bool) -> None:
        self.monitor, self.transcript, self.exit_on_error = monitor, transcript, exit_on_error
        self.status = 0
        self.failed_line = 0
        self._number = 0

    def begin(self) -> None:
        """Write the banner and the first prompt."""
        self.transcript.write(f"{BANNER}\n{PROMPT}")

    def run(self, line: str) -> bool:
        """Run one line; return False when it ends the script."""
        self._number += 1
        # Additions for files: QEMU takes CR LF for two line ends, and `#` for a command.
        line = line.removesuffix("\r")
        body = line.lstrip(" \t\n\v\f\r")
        if not body or body.startswith("#"):
            return True
        self.transcript.write(f"{line}\n")
        reply = self.monitor.run_line(line)
        self.transcript.write(reply.text)
        # The guest acts after the reply, as in QEMU.
        self.monitor.machine.run_guest()
        if reply.failed:
            self.status = 1
            if self.exit_on_error:
                self.failed_line = self._number
                return False
        if self.monitor.has_ended:
            return False
        self.transcript.write(PROMPT)
        return True

    def end_of_input(self) -> None:
        """Move the cursor below the last prompt."""
        self.transcript.write("\n")


def run_script(monitor: Monitor, exit_on_error: bool) -> int:
    """Run stdin to its end; return the exit status, 0 when every command succeeded, else 1."""
    transcript = Transcript(1)
    runner = ScriptRunner(monitor, transcript, exit_on_error)
    # As in QEMU on stdio (docs/qemu-behaviour/monitor.md §11).
    monitor.context.to_stdout = transcript.write
    runner.begin()
    for line in read_lines(0, transcript):
        if not runner.run(line):
            break
    else:
        runner.end_of_input()
    transcript.flush()
    if runner.failed_line:
        monitor.context.to_stderr(f"line {runner.failed_line}: the command failed")
    return runner.status
