"""Several monitors on one machine, in one event loop; only this file and QMP's may import asyncio.

Which monitors there are was decided by the command line.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine

from hmp.machine.machine import Machine
from hmp.monitor import BANNER, PROMPT, Monitor
from hmp.serve.qmp import Server, socket_path
from hmp.startup.configuration import Configuration
from hmp.startup.failure import StartupError, located
from hmp.startup.monitor_options import MonitorRequest

Sink = Callable[..., None]


def serve_together(
    configuration: Configuration, machine: Machine, monitors: list[MonitorRequest], to_stderr: Sink
) -> int:
    """Serve every monitor until one ends the program or a signal comes; the exit status."""
    servers: list[Server] = []
    stdio = False
    try:
        for kind, target, location in monitors:
            if target.startswith("file:"):
                _greet_file(target.removeprefix("file:"), location)
            elif target.startswith("unix:") and kind == "qmp":
                with located(location):
                    servers.append(Server(machine, socket_path(target), to_stderr))
            elif target == "stdio" and kind == "monitor":
                stdio = True
            elif target not in ("none", "null"):
                raise StartupError(f"{location}: hmp does not serve this kind of monitor yet")
        return asyncio.run(_serve(configuration, machine, servers, stdio, to_stderr))
    finally:
        for server in servers:
            server.close()


def _greet_file(path: str, location: str) -> None:
    """A monitor whose output goes to a file shows its greeting there and never hears anything."""
    try:
        with open(path.encode("latin-1"), "wb") as output:
            output.write(f"{BANNER}\r\n{PROMPT}".encode())
    except OSError as error:
        raise StartupError(f"{location}: Could not open '{path}': {os.strerror(error.errno or 0)}") from None


async def _serve(
    configuration: Configuration, machine: Machine, servers: list[Server], stdio: bool, to_stderr: Sink
) -> int:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    work: list[Coroutine[object, object, int | None]] = [server.serve() for server in servers]
    if stdio:
        work.append(_stdio(configuration, machine, to_stderr))
    tasks = [asyncio.ensure_future(item) for item in work]
    waiting = asyncio.ensure_future(ended.wait())
    done, pending = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    results = [task.result() for task in done if task is not waiting]
    return next((int(result) for result in results if result), 0)


async def _stdio(configuration: Configuration, machine: Machine, to_stderr: Sink) -> int:
    monitor = Monitor(machine, to_stderr=to_stderr)
    if os.isatty(0) and os.isatty(1):
        from hmp.console.session import converse

        return await converse(monitor)
    from hmp.serve.script import ScriptRunner, Transcript

    transcript = Transcript(1)
    runner = ScriptRunner(monitor, transcript, configuration.exit_on_error)
    monitor.to_stdout = transcript.write
    runner.begin()
    rest = b""
    going = True
    while going:
        transcript.flush()
        data = await asyncio.get_running_loop().run_in_executor(None, os.read, 0, 1 << 16)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            going = runner.run(line.decode("latin-1"))
            if not going:
                break
    if going and rest:
        runner.run(rest.decode("latin-1"))
    if not monitor.ended:
        runner.end_of_input()
    transcript.flush()
    return runner.status
