"""Script mode: commands come from stdin, the command line or files, and are answered on stdout.

Neither prompt_toolkit nor asyncio may be imported here: a script must start at once.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from hmp.machine.progress import report_progress_to
from hmp.monitor import is_skipped
from hmp.serve.scripting.reports import Output, Report, Transcript
from hmp.serve.signals import SCRIPT_SIGNALS, SignalDescriptor, is_terminating
from hmp.serve.streams import STDIN, STDOUT, OutputLostError, read_stdin

if TYPE_CHECKING:
    from hmp.cmdline.configuration import Configuration
    from hmp.monitor import Monitor
    from hmp.serve.scripting.late_server import LateServer
    from hmp.session.lines import ScriptLine
    from hmp.session.session import Session

Pauses = Iterator[float]
"""Yields between parts of work, when others may be served, how many seconds to wait at least."""


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


def stdin_command(line: str) -> str | None:
    """Return the command of a line of stdin, None when it has none.

    Additions for files: QEMU takes CR LF for two line ends, and `#` for a command.
    """
    line = line.removesuffix("\r")
    return None if is_skipped(line) else line


class ScriptRunner:
    """Runs the commands of a script; `has_ended` when it runs no more.

    `status` is the exit status: 0 when every command succeeded, else 1. With `session` the script
    has the commands about its run, and may be a transcript.
    """

    def __init__(
        self,
        monitor: Monitor,
        report: Report,
        output: Output,
        exit_on_error: bool,
        session: Session | None = None,
    ) -> None:
        self.monitor, self.output = monitor, output
        monitor.context.to_stdout = report.to_stdout
        self.has_ended, self.status = False, 0
        self._report, self._session, self._exit_on_error = report, session, exit_on_error
        self._failed_at = ""
        self._splitter, self._number = LineSplitter(), 0
        self._command: Callable[[str], str | None] = stdin_command
        if session:
            from hmp.session.lines import CommandFilter

            self._command = CommandFilter().command
        report.ask()

    def feed(self, data: bytes) -> Pauses:
        """Run the lines of stdin that `data` completes; b"" is the end of the input."""
        for line in self._splitter.feed(data):
            self._number += 1
            command = self._command(line)
            if command is not None:
                place = f"<stdin>:{self._number}" if self._report.names_failures else ""
                yield from self._run(command, place or f"line {self._number}")
                if self.has_ended:
                    return
        if not data:
            self.close()

    def run(self, lines: Iterable[ScriptLine]) -> Pauses:
        """Run commands from elsewhere, after which there are no more."""
        yield from self._run_lines(lines)
        self.close()

    def _run_lines(self, lines: Iterable[ScriptLine]) -> Pauses:
        for line in lines:
            yield from self._run(line.text, line.location)
            if self.has_ended:
                return

    def close(self) -> None:
        """End the script: there are no more commands."""
        if not self.has_ended:
            self._report.close()
            self.has_ended = True

    def _run(self, line: str, location: str) -> Pauses:
        self._report.begin(line)
        execution = self.monitor.run_line(line)
        for part in execution:
            self._report.part(execution, part)
            yield self._session.take_pause() if self._session else 0.0
        self._report.end(execution, location)
        # The guest acts after the reply, as in QEMU.
        self.monitor.machine.run_guest()
        if execution.error:
            self.status = 1
            if self._exit_on_error:
                self._failed_at, self.has_ended = location, True
        elif self._session and execution.parsed:
            self._session.record(execution.parsed.name.value, line)
        if self.monitor.has_ended:
            self.has_ended = True
        if not self.has_ended:
            self._report.ask()
            if self._session:
                yield from self._run_sourced(self._session)

    def _run_sourced(self, session: Session) -> Pauses:
        with session.sourced() as lines:
            yield from self._run_lines(lines)

    def finish(self) -> int:
        """Write what is left; return the exit status."""
        self.output.flush()
        if self._failed_at and not self._report.names_failures:
            self.monitor.context.to_stderr(f"{self._failed_at}: the command failed")
        return self.status


def make_runner(
    monitor: Monitor, configuration: Configuration, write_stdout: Callable[[bytes], None]
) -> ScriptRunner:
    """Return what runs the script that a command line asks for."""
    output, exit_on_error = Output(write_stdout), configuration.program.exit_on_error
    if configuration.program.script is None:
        return ScriptRunner(monitor, Transcript(output, monitor.banner), output, exit_on_error)
    from hmp.serve.scripting.extended import begin_session, make_report

    session = begin_session(monitor, configuration.program.script, configuration.machine_words)
    report = make_report(monitor, configuration.program.script, output, session)
    return ScriptRunner(monitor, report, output, exit_on_error, session)


def run_script(
    monitor: Monitor, configuration: Configuration, late_server: LateServer | None = None
) -> int:
    """Run a script to its end, or until a signal comes; return the exit status.

    Once it has added what an event loop serves, it goes on beside the `late_server`.

    Raises:
        StartupError: A file of commands can't be read.
    """
    lines = read_sources(configuration)
    signals = SignalDescriptor(SCRIPT_SIGNALS)
    runner = make_runner(monitor, configuration, lambda data: _write(data, signals))
    pauses = iter(()) if lines is None else runner.run(lines)
    try:
        with report_progress_to(_UntilSignal()):
            while not _work(runner, pauses, signals, late_server):
                if runner.has_ended:
                    return runner.finish()
                runner.output.flush()
                _wait([signals, STDIN], [])
                pauses = runner.feed(read_stdin())
    except _TerminatedError:
        signals.report(monitor.context.to_stderr)
        # QEMU ends with 0; but what -e and files have was not run to its end.
        return max(runner.status, int(lines is not None))
    assert late_server
    return late_server.go_on(runner, pauses)


def read_sources(configuration: Configuration) -> list[ScriptLine] | None:
    """Return the commands of -e and files, None where stdin has them; raise StartupError for a file
    that can't be read.
    """
    if not (configuration.program.script and configuration.program.script.sources):
        return None
    from hmp.serve.scripting.extended import read_lines

    return read_lines(configuration.program.script.sources)


def _work(
    runner: ScriptRunner,
    pauses: Pauses,
    signals: SignalDescriptor,
    late_server: LateServer | None,
) -> bool:
    """Do work until a server is needed, or to its end; return whether one is needed. Raise
    _TerminatedError when a signal comes.
    """
    for seconds in pauses:
        if seconds:
            runner.output.flush()
            _wait([signals], [], seconds)
            runner.monitor.machine.run_guest()
        if is_terminating():
            raise _TerminatedError
        if late_server and late_server.is_needed():
            break
    else:
        return False
    return True


class _TerminatedError(Exception):
    """A termination signal came."""


class _UntilSignal:
    """Lets the host work until a signal comes."""

    def update(self, done: int, total: int) -> bool:
        return not is_terminating()


def _wait(
    reads: list[SignalDescriptor | int], writes: list[int], seconds: float | None = None
) -> None:
    """Wait until one of the descriptors is ready, or so long; raise _TerminatedError when a signal
    is.
    """
    select.select(reads, writes, [], seconds)
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
