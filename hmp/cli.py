"""The program: command line, machine, the mouth that was asked for, exit status.

Each mouth is imported only when it is used; what the options mean is in `hmp.startup`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from hmp.cmdline.build import build_machine
from hmp.cmdline.chardev import STDIO
from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.monitors import QMP, check_stdio, default_monitor, name_monitors
from hmp.cmdline.parser import parse_command_line
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HmpError, StderrLine
from hmp.machine.chardevs import add_monitor
from hmp.machine.machine import Machine
from hmp.monitor import Monitor


def _to_stderr(*lines: str) -> None:
    """Write a message to stderr in QEMU's form (docs/qemu-behaviour/startup.md §1).

    The first line follows the program's name, further ones are whole lines; a StderrLine decides
    for itself.
    """
    program = to_latin1(sys.argv[0])
    text = ""
    for number, line in enumerate(lines):
        prefixed = line.prefixed if isinstance(line, StderrLine) else number == 0
        text += f"{program}: {line}\n" if prefixed else f"{line}\n"
    os.write(2, text.encode("latin-1"))


def run() -> NoReturn:
    """The program: everything is written and unmapped by then, so the interpreter need not tidy up
    behind itself.
    """
    status = main()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(status)


def main() -> int:
    """Run the program; the exit status."""
    machine: Machine | None = None
    try:
        configuration = parse_command_line([to_latin1(word) for word in sys.argv[1:]], _to_stderr)
        if configuration.write_config:
            return _write_config(configuration)
        ready = _go_into_background() if configuration.daemonize else _stay
        if configuration.fleet:
            return _serve_fleet(configuration, ready)
        machine = build_machine(configuration)
        return _serve(configuration, machine, ready)
    except EarlyExit as early:
        os.write(1, early.text.encode("latin-1"))
        return early.status
    except StartupError as error:
        _to_stderr(*error.lines)
        return 1
    except HmpError as error:
        _to_stderr(to_latin1(error.message))
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        if machine:
            machine.close()


def _run_console(configuration: Configuration, monitor: Monitor) -> int:
    """The console, or a lesson that plays on it."""
    from hmp.settings.load import for_terminal, gather

    settings = gather(configuration.settings)
    if configuration.lesson:
        from hmp.console.autoplay import play

        return play(
            monitor,
            settings,
            to_unicode(configuration.lesson),
            configuration.speed,
            to_unicode(configuration.recording),
        )
    from hmp.console.session import run_console

    return run_console(monitor, for_terminal(settings), to_unicode(configuration.recording))


def _write_config(configuration: Configuration) -> int:
    from hmp.settings.load import gather, write_config

    path = write_config(gather(configuration.settings))
    os.write(1, f"wrote {path}\n".encode())
    return 0


def _stay() -> None:
    """Whoever started a program in the foreground sees it."""


def _go_into_background() -> Callable[[], None]:
    from hmp.serve.daemon import daemonize

    return daemonize()


def _serve_fleet(configuration: Configuration, ready: Callable[[], None]) -> int:
    """Many machines of one command line; each is read anew, since reading it is a part of making a
    machine.
    """
    from hmp.cmdline.factory import create_machine
    from hmp.serve.fleet import serve_fleet

    assert configuration.fleet is not None
    count, folder = configuration.fleet
    return serve_fleet(
        count,
        to_unicode(folder),
        lambda: create_machine(sys.argv[1:], _to_stderr),
        _to_stderr,
        configuration.pid_file,
        ready,
    )


def _serve(configuration: Configuration, machine: Machine, ready: Callable[[], None]) -> int:
    monitors = name_monitors(configuration.monitors or [default_monitor(configuration.daemonize)])
    check_stdio(monitors, configuration.daemonize)
    for request in monitors:
        chardev = request.chardev
        add_monitor(
            machine, request.name, request.kind == QMP, chardev.kind, request.label, chardev.address
        )
    if configuration.lesson and configuration.monitors:
        raise StartupError("--play: a lesson plays without other monitors")
    if (
        len(monitors) > 1
        or monitors[0].kind == QMP
        or monitors[0].chardev.kind != STDIO
        or configuration.pid_file
    ):
        from hmp.serve.monitors import serve_monitors

        return serve_monitors(configuration, machine, monitors, _to_stderr, ready)
    if not configuration.stopped:
        machine.run_state.start()
        machine.run_guest()
    monitor = Monitor(machine, to_stderr=_to_stderr)
    if configuration.lesson or (os.isatty(0) and os.isatty(1)):
        return _run_console(configuration, monitor)
    if configuration.recording:
        raise StartupError("--record needs a terminal, or --play LESSON")
    from hmp.serve.script import run_script

    return run_script(monitor, configuration.exit_on_error)
