"""Script mode: commands come from a pipe or file, and stdout gets what a terminal would show.

Neither prompt_toolkit nor asyncio may be imported here: a script must start at once.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hmp.encoding import to_latin1, to_unicode
from hmp.machine.progress import report_progress_to
from hmp.monitor import BANNER, PROMPT
from hmp.serve.signals import SCRIPT_SIGNALS, SignalDescriptor, is_terminating
from hmp.serve.streams import STDIN, STDOUT, OutputLostError, read_stdin

if TYPE_CHECKING:
    from hmp.monitor import Monitor

MAX_PENDING_BYTES = 1 << 20


class Transcript:
    """Collects text (bytes, held in a Latin-1 str) and writes it to stdout in large pieces: to a
    terminal with control characters made visible.

    `flush` has to be called before every wait for input.
    """

    def __init__(self, write_stdout: Callable[[bytes], None]) -> None:
        self._write_stdout = write_stdout
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
        self._write_stdout(data)


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


class ScriptRunner:
    """Runs the lines of a script, from the banner on; `has_ended` when it runs no more.

    `status` is the exit status: 0 when every command succeeded, else 1.
    """

    def __init__(
        self, monitor: Monitor, exit_on_error: bool, write_stdout: Callable[[bytes], None]
    ) -> None:
        self.monitor, self.transcript = monitor, Transcript(write_stdout)
        # As in QEMU on stdio (docs/qemu-behaviour/monitor.md §11).
        monitor.context.to_stdout = self.transcript.write
        self.has_ended = False
        self._exit_on_error, self.status, self._failed_line, self._number = exit_on_error, 0, 0, 0
        self._splitter = LineSplitter()
        self.transcript.write(f"{BANNER}\n{PROMPT}")

    def feed(self, data: bytes) -> Iterator[None]:
        """Run the lines that `data` completes; b"" is the end of the input.

        Yields between parts of work, when others may be served.
        """
        for line in self._splitter.feed(data):
            yield from self._run(line)
            if self.has_ended:
                return
        if not data:
            # The cursor moves below the last prompt.
            self.transcript.write("\n")
            self.has_ended = True

    def _run(self, line: str) -> Iterator[None]:
        self._number += 1
        # Additions for files: QEMU takes CR LF for two line ends, and `#` for a command.
        line = line.removesuffix("\r")
        body = line.lstrip(" \t\n\v\f\r")
        if not body or body.startswith("#"):
            return
        self.transcript.write(f"{line}\n")
        execution = self.monitor.run_line(line)
        for part in execution:
            self.transcript.write(part, execution.clears)
            yield
        # The guest acts after the reply, as in QEMU.
        self.monitor.machine.run_guest()
        if execution.error:
            self.status = 1
            if self._exit_on_error:
                self._failed_line, self.has_ended = self._number, True
        if self.monitor.has_ended:
            self.has_ended = True
        if not self.has_ended:
            self.transcript.write(PROMPT)

    def finish(self) -> int:
        """Write what is left; return the exit status."""
        self.transcript.flush()
        if self._failed_line:
            self.monitor.context.to_stderr(f"line {self._failed_line}: the command failed")
        return self.status


def run_script(monitor: Monitor, exit_on_error: bool) -> int:
    """Run stdin to its end, or until a signal comes; return the exit status."""
    signals = SignalDescriptor(SCRIPT_SIGNALS)
    runner = ScriptRunner(monitor, exit_on_error, lambda data: _write(data, signals))
    try:
        with report_progress_to(_UntilSignal()):
            while not runner.has_ended:
                runner.transcript.flush()
                _wait([signals, STDIN], [])
                for _ in runner.feed(read_stdin()):
                    if is_terminating():
                        raise _TerminatedError
            return runner.finish()
    except _TerminatedError:
        signals.report(monitor.context.to_stderr)
        return runner.status


class _TerminatedError(Exception):
    """A termination signal came."""


class _UntilSignal:
    """Lets the host work until a signal comes."""

    def update(self, done: int, total: int) -> bool:
        return not is_terminating()


def _wait(reads: list[SignalDescriptor | int], writes: list[int]) -> None:
    """Wait until one of the descriptors is ready; raise _TerminatedError when a signal is."""
    select.select(reads, writes, [])
    if is_terminating():
        raise _TerminatedError


def _write(data: bytes, signals: SignalDescriptor) -> None:
    """Write to stdout, which a signal ends; raise OutputLostError when that fails."""
    rest = memoryview(data)
    while rest:
        _wait([signals], [STDOUT])
        try:
            # A pipe that takes anything takes so much at once.
            rest = rest[os.write(STDOUT, rest[: select.PIPE_BUF]) :]
        except BlockingIOError:
            continue
        except OSError as error:
            raise OutputLostError.from_os("can't write to stdout", error) from None
