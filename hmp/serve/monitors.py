"""The program with several monitors on one machine: sockets, stdio or the console, and signals, in
one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hmp.cmdline.configuration import Configuration
from hmp.machine.chardevs.device import CharacterDevice
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from hmp.serve.daemon import make_pid_file
from hmp.serve.event_loop import DescriptorWriter, report_exceptions, wait_readable
from hmp.serve.scripting.runner import Pauses, ScriptRunner, make_runner, read_sources
from hmp.serve.server import MachineServer
from hmp.serve.signals import (
    CONSOLE_SIGNALS,
    TERMINATION_SIGNALS,
    block_console_signals,
    block_termination_signals,
    exit_status,
    on_termination_signal,
)
from hmp.serve.streams import STDIN, STDOUT, OutputLostError, is_terminal, read_stdin

Sink = Callable[..., None]


def serve_monitors(
    configuration: Configuration,
    machine: Machine,
    foreground: CharacterDevice | None,
    to_stderr: Sink,
    ready: Callable[[], None],
) -> int:
    """Serve the character devices until a monitor ends the program or a signal comes; return the
    exit status, or -SIGQUIT.

    A console or a script has the `foreground`, which is stdin and stdout. `ready` is called when
    every monitor can be reached.
    """
    status = asyncio.run(_serve(configuration, machine, foreground, to_stderr, ready))
    return exit_status(status or int(machine.run_state.has_failed))


async def _serve(
    configuration: Configuration,
    machine: Machine,
    foreground: CharacterDevice | None,
    to_stderr: Sink,
    ready: Callable[[], None],
) -> int:
    report_exceptions(to_stderr)
    has_console = foreground is not None and is_terminal()
    block_console_signals() if has_console else block_termination_signals()
    stdout = DescriptorWriter(STDOUT)
    server, pid_file = MachineServer(machine, stdout, to_stderr, foreground), None
    try:
        on_termination_signal(
            to_stderr,
            machine.run_state.end_by_signal,
            CONSOLE_SIGNALS if has_console else TERMINATION_SIGNALS,
        )
        server.start()
        # Before `ready` ends the process that was started: libvirt then reads the file and connects
        # at once (docs/qemu-behaviour/qmp.md §C1).
        pid_file = make_pid_file(configuration.program.pid_file)
        ready()
        if configuration.runs_at_start:
            machine.run_state.start()
            server.run_guest()
        return await _wait_for_end(
            server, _stdio(configuration, server, stdout, to_stderr) if foreground else None
        )
    finally:
        await server.close()
        if pid_file:
            pid_file.remove()


def serve_beside_script(
    machine: Machine,
    foreground: CharacterDevice,
    runner: ScriptRunner,
    pauses: Pauses,
    to_stderr: Sink,
) -> int:
    """Serve what a script has added, and end the script meanwhile; return the exit status."""
    status = asyncio.run(_serve_beside(machine, foreground, runner, pauses, to_stderr))
    return exit_status(status or int(machine.run_state.has_failed))


async def _serve_beside(
    machine: Machine,
    foreground: CharacterDevice,
    runner: ScriptRunner,
    pauses: Pauses,
    to_stderr: Sink,
) -> int:
    report_exceptions(to_stderr)
    stdout = DescriptorWriter(STDOUT)
    server = MachineServer(machine, stdout, to_stderr, foreground)
    try:
        on_termination_signal(to_stderr, machine.run_state.end_by_signal)
        runner.output.write_stdout = stdout.write
        server.start()
        return await _wait_for_end(server, _go_on(runner, pauses, stdout))
    finally:
        await server.close()


async def _wait_for_end(server: MachineServer, stdio: Coroutine[object, object, int] | None) -> int:
    """Wait until the machine or the monitor on stdio has ended; return the exit status."""
    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(server.ended.wait())]
    task = asyncio.ensure_future(stdio) if stdio else None
    if task:
        tasks.append(task)
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for waiting in tasks:
        waiting.cancel()
    # A console gives its terminal back.
    await asyncio.wait(tasks)
    return task.result() if task and task.done() and not task.cancelled() else 0


async def _stdio(
    configuration: Configuration, server: MachineServer, stdout: DescriptorWriter, to_stderr: Sink
) -> int:
    monitor = Monitor(server.machine, to_stderr=to_stderr)
    if is_terminal() and not configuration.program.script:
        from hmp.console.run import run_console_async
        from hmp.encoding import to_unicode
        from hmp.settings.load import for_terminal, load_settings

        settings = for_terminal(load_settings(configuration.program.settings))
        return await run_console_async(
            monitor,
            settings,
            to_unicode(configuration.program.recording),
            configuration.machine_words,
        )
    return await _run_script(configuration, monitor, stdout)


async def _run_script(
    configuration: Configuration, monitor: Monitor, stdout: DescriptorWriter
) -> int:
    lines = read_sources(configuration)
    runner = make_runner(monitor, configuration, stdout.write)
    return await _go_on(runner, iter(()) if lines is None else runner.run(lines), stdout)


async def _go_on(runner: ScriptRunner, pauses: Pauses, stdout: DescriptorWriter) -> int:
    """Do the work of a script, and what comes on stdin; return the exit status."""
    while True:
        for seconds in pauses:
            if seconds:
                runner.output.flush()
            await asyncio.sleep(seconds)  # Other monitors have their turn.
            await _written(stdout)
        if runner.has_ended:
            break
        runner.output.flush()
        await _written(stdout)
        await wait_readable(STDIN)
        pauses = runner.feed(read_stdin())
    status = runner.finish()
    await _written(stdout)
    return status


async def _written(stdout: DescriptorWriter) -> None:
    """Wait until stdout has taken everything; raise OutputLostError when it can't be written."""
    await stdout.drained()
    if stdout.error:
        raise OutputLostError.from_os("can't write to stdout", stdout.error)
