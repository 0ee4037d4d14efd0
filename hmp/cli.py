"""The program: from the command line to a machine and its front ends, and the exit status.

Each front end is imported only when it is used, since a script has to start at once.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from hmp.cmdline.build import build_machine
from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.messages import MessageForm
from hmp.cmdline.parser import parse_command_line
from hmp.collector import no_collection
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HmpError, StderrLine, unexpected_error
from hmp.machine.chardevs.device import CharacterDevice, GuestPort
from hmp.machine.chardevs.monitors import HmpMonitor
from hmp.machine.machine import Machine
from hmp.monitor import BANNER, Monitor
from hmp.serve.scripting.late_server import LateServer, needs_server
from hmp.serve.streams import (
    STDERR,
    OutputLostError,
    is_terminal,
    open_missing_streams,
    write_stderr,
    write_stdout,
)

if TYPE_CHECKING:
    from hmp.serve.scripting.runner import Pauses, ScriptRunner


# -msg changes it.
_MESSAGE_FORM = MessageForm()


def _to_stderr(*lines: str) -> None:
    """Write a message to stderr in QEMU's form (docs/qemu-behaviour/startup.md §1).

    The first line follows the program's name, further ones are whole lines; a StderrLine decides
    for itself.
    """
    program = _MESSAGE_FORM.prefix() + to_latin1(sys.argv[0])
    text = ""
    for number, line in enumerate(lines):
        if not isinstance(line, StderrLine):
            line = StderrLine(line, prefixed=number == 0)
        text += f"{program}:{line.separator}{line}\n" if line.prefixed else f"{line}\n"
    if os.isatty(STDERR):
        from hmp.text import visible

        # A file name or an id may have characters in it that the terminal would obey.
        text = to_latin1(visible(to_unicode(text)))
    # The text is bytes already: sys.stderr would encode it again.
    write_stderr(text.encode("latin-1"))


def _to_stdout(text: str) -> None:
    """Write to stdout at once; as in QEMU, what can't be written there is lost."""
    with suppress(OutputLostError):
        write_stdout(text.encode("latin-1"))


def run() -> NoReturn:
    """Run the program and leave at once: the interpreter's own shutdown would only take time."""
    open_missing_streams()
    status = main()
    # os._exit drops what sys.stdout holds; there is none where stdout was closed at the start.
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    if status < 0:
        from hmp.serve.signals import die_by

        die_by(status)
    os._exit(status)


def main() -> int:
    """Run the program and return the exit status, or the negative number of the signal by which the
    process is to die; every error is printed.
    """
    try:
        return _main()
    except StartupError as error:
        _report(error)
    except OutputLostError as error:
        # As other programs, without a word where the reader of a pipe is gone.
        if error.errno != errno.EPIPE:
            _to_stderr(error.message)
    except SystemExit as ended:
        # A signal came while the program was starting (hmp.serve.signals).
        return ended.code if isinstance(ended.code, int) else 1
    except Exception as error:
        known = error if isinstance(error, HmpError) else unexpected_error(error)
        from hmp.text import visible

        # Settings, lessons and recordings raise errors with text in Unicode.
        _to_stderr(to_latin1(visible(known.message)))
    return 1


def _main() -> int:
    machine: Machine | None = None
    try:
        words = [to_latin1(word) for word in sys.argv[1:]]
        configuration = parse_command_line(words, _to_stderr, _to_stdout, _MESSAGE_FORM)
        program = configuration.program
        if program.writes_config:
            return _write_config(configuration)
        if program.checked_lessons:
            return _check_lessons(configuration)
        if program.script and (program.fleet or program.lesson):
            raise StartupError("a script runs on one machine, and beside no lesson")
        if program.target:
            with no_collection():
                from hmp.connect.run import run_connected
            return run_connected(configuration, _to_stderr)
        # The fork comes first: memory, files and the event loop are the child's alone.
        ready = _daemonize() if program.daemonize else lambda: None
        if program.fleet:
            return _serve_fleet(configuration, ready)
        with _guard_sockets(configuration):
            machine = _build(configuration)
        return _serve(configuration, machine, ready)
    except EarlyExit as early:
        return _print(early.text) or early.status
    finally:
        # `run` leaves by os._exit, which finalizes nothing, and closing does more than unmap:
        # discard-data=on empties a file (docs/qemu-behaviour/backends.md §8).
        if machine:
            machine.close()


def _build(configuration: Configuration) -> Machine:
    def report(error: StartupError) -> None:
        if error.is_reported:
            return
        # In QEMU a monitor that was asked for greets before what comes later fails; one of QMP does
        # so in a thread of its own, now and then.
        asked_for = configuration.character_devices.has_monitor or configuration.has_monitor_object
        if asked_for and isinstance(configuration.stdio_user, HmpMonitor) and not is_terminal():
            _to_stdout(f"{BANNER}\n")
        _report(error)

    configuration.report_error = report
    try:
        return build_machine(configuration)
    except StartupError as error:
        report(error)
        raise


def _report(error: StartupError) -> None:
    if not error.is_reported:
        error.is_reported = True
        _to_stderr(*error.lines)


@contextmanager
def _guard_sockets(configuration: Configuration) -> Iterator[None]:
    """Have the files of sockets removed when a signal ends the start."""
    if not configuration.makes_sockets:
        yield
        return
    from hmp.serve.signals import block_termination_signals, ending_at_once

    block_termination_signals()
    with ending_at_once():
        yield


def _print(text: str) -> int:
    """Write to stdout and return the exit status."""
    write_stdout(text.encode("latin-1"))
    return 0


def _run_console(configuration: Configuration, monitor: Monitor) -> int:
    """Run the console, or play a lesson on it."""
    _load_asyncio()
    from hmp.settings.load import for_terminal, load_settings

    program = configuration.program
    settings, recording = load_settings(program.settings), to_unicode(program.recording)
    if program.lesson:
        from hmp.console.lessons.autoplay import Play, play

        lesson = to_unicode(program.lesson)
        return play(
            monitor, settings, Play(lesson, program.speed, recording, program.lesson_by_step)
        )
    from hmp.console.run import run_console

    words = configuration.machine_words
    return run_console(monitor, for_terminal(settings), recording, words)


def _check_lessons(configuration: Configuration) -> int:
    """Run lessons for their authors; return the exit status, 1 when something is wrong."""
    from hmp.console.line import CONSOLE_COMMANDS
    from hmp.lessons.verify import verify_lesson
    from hmp.text import visible

    status = 0
    for name in configuration.program.checked_lessons:
        report = verify_lesson(to_unicode(name), CONSOLE_COMMANDS)
        for lines, write in ((report.problems, write_stderr), (report.notes, write_stdout)):
            write("".join(f"{visible(line)}\n" for line in lines).encode("utf-8", "replace"))
        status |= bool(report.problems)
    return status


def _write_config(configuration: Configuration) -> int:
    from hmp.settings.load import load_settings, write_config

    path = write_config(load_settings(configuration.program.settings))
    return _print(to_latin1(f"wrote {path}\n"))


def _daemonize() -> Callable[[], None]:
    from hmp.serve.daemon import daemonize

    return daemonize()


def _load_asyncio() -> None:
    """Import asyncio without ssl, which takes a tenth of the start of a server: it goes without
    where there is none, and nothing here asks it for TLS.
    """
    if "ssl" in sys.modules:
        return
    sys.modules["ssl"] = None  # type: ignore[assignment]
    try:
        with no_collection():
            import asyncio  # noqa: F401
    finally:
        del sys.modules["ssl"]


def _serve_fleet(configuration: Configuration, ready: Callable[[], None]) -> int:
    """Serve many machines of one command line, which is parsed anew for each."""
    _load_asyncio()
    from hmp.cmdline.factory import create_machine
    from hmp.serve.fleet import serve_fleet

    assert configuration.program.fleet is not None
    count, directory = configuration.program.fleet
    return serve_fleet(
        count,
        to_unicode(directory),
        lambda: create_machine(sys.argv[1:], _to_stderr),
        _to_stderr,
        configuration.program.pid_file,
        ready,
    )


def _serve(configuration: Configuration, machine: Machine, ready: Callable[[], None]) -> int:
    program, stdio = configuration.program, machine.chardevs.stdio
    foreground = stdio if stdio and _has_human_monitor(stdio) else None
    if program.script and foreground is None:
        raise StartupError("a script needs the monitor on stdin and stdout: -monitor stdio")
    if program.lesson and configuration.character_devices.has_monitor:
        raise StartupError("--play: a lesson plays without other monitors")
    # A single human monitor on stdio needs no server, so that a script never imports asyncio.
    if foreground is None or program.pid_file or needs_server(machine, foreground):
        _load_asyncio()
        from hmp.serve.monitors import serve_monitors

        return serve_monitors(configuration, machine, foreground, _to_stderr, ready)
    if configuration.runs_at_start:
        machine.run_state.start()
        machine.run_guest()
    monitor = Monitor(machine, to_stderr=_to_stderr)
    if program.lesson or (is_terminal() and not program.script):
        return _run_console(configuration, monitor)
    if program.recording:
        raise StartupError("--record needs a terminal, or --play LESSON")
    from hmp.serve.scripting.runner import run_script

    def go_on(runner: ScriptRunner, pauses: Pauses) -> int:
        _load_asyncio()
        from hmp.serve.monitors import serve_beside_script

        return serve_beside_script(machine, foreground, runner, pauses, _to_stderr)

    return run_script(monitor, configuration, LateServer(machine, foreground, go_on))


def _has_human_monitor(stdio: CharacterDevice) -> bool:
    """Return whether a script or a console has stdin and stdout: the human monitor is there, or
    beside a person at a terminal, who sees nothing of a serial line.
    """
    front_end = stdio.front_end
    if isinstance(front_end, HmpMonitor):
        return True
    if not is_terminal():
        return False
    from hmp.machine.chardevs.mux import MuxDevice, Part

    if isinstance(front_end, Part) and isinstance(front_end.whole, MuxDevice):
        return any(isinstance(part, HmpMonitor) for part in front_end.whole.front_ends)
    return isinstance(front_end, GuestPort)
