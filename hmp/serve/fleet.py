"""-fleet: many machines in one process, with a QMP and an HMP socket each, in one event loop."""

from __future__ import annotations

import asyncio
import os
import resource
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from hmp.cmdline.errors import option_context
from hmp.encoding import to_latin1
from hmp.errors import HostError
from hmp.machine.chardevs.addresses import SocketOptions, UnixAddress
from hmp.machine.chardevs.configs import ChardevConfig
from hmp.machine.chardevs.create import create_chardev
from hmp.machine.chardevs.monitors import HmpMonitor, QmpMonitor, add_monitor
from hmp.machine.machine import Machine
from hmp.monitor import ignore
from hmp.serve.daemon import make_pid_file
from hmp.serve.event_loop import report_exceptions
from hmp.serve.server import MachineServer
from hmp.serve.signals import (
    block_termination_signals,
    ending_at_once,
    exit_status,
    on_termination_signal,
)
from hmp.serve.streams import OutputLostError, write_stdout

DESCRIPTORS_PER_MACHINE, OTHER_DESCRIPTORS = 2, 32
"""Each machine has two listening sockets; the rest is for clients, files and the event loop."""


class SocketPair(NamedTuple):
    """The paths of the two sockets of a machine."""

    qmp: str
    hmp: str

    @classmethod
    def of(cls, directory: str, index: int) -> SocketPair:
        """Return the pair of the machine with a number, counted from 0."""
        return cls(os.path.join(directory, f"{index}.qmp"), os.path.join(directory, f"{index}.hmp"))


def serve_pair(
    machine: Machine, paths: SocketPair, to_stderr: Callable[..., None] = ignore
) -> MachineServer:
    """Serve QMP and HMP of a machine at a pair of paths, in the running loop.

    Raises:
        StartupError: A socket can't be opened.
    """
    with option_context():
        for monitor, path in ((QmpMonitor(), paths.qmp), (HmpMonitor(), paths.hmp)):
            name = machine.chardevs.next_monitor_name()
            options = SocketOptions(UnixAddress(to_latin1(path)), wait=False)
            create_chardev(machine, name, ChardevConfig("socket", options))
            monitor.chardev = name
            add_monitor(machine, name, monitor)
    server = MachineServer(machine, to_stderr=to_stderr)
    server.start()
    return server


def serve_fleet(
    count: int,
    directory: str,
    create: Callable[[], tuple[Machine, bool]],
    to_stderr: Callable[..., None],
    pid_path: str,
    ready: Callable[[], None],
) -> int:
    """Serve machines until all have ended or a signal comes; return the exit status, or -SIGQUIT.

    `create` returns a machine and whether it is to run; `ready` is called when all can be reached.

    Raises:
        StartupError: The directory, the pid file, a machine or a socket can't be made.
    """
    with option_context():
        _check_descriptor_limit(count, raise_descriptor_limit())
        _make_directory(directory)
    block_termination_signals()
    pid_file = make_pid_file(pid_path)
    try:
        return exit_status(asyncio.run(_serve(count, directory, create, to_stderr, ready)))
    finally:
        pid_file.remove()


def _check_descriptor_limit(count: int, limit: int) -> None:
    """Raise HostError when so many machines need more descriptors than the process may have."""
    if count * DESCRIPTORS_PER_MACHINE + OTHER_DESCRIPTORS > limit:
        most = max((limit - OTHER_DESCRIPTORS) // DESCRIPTORS_PER_MACHINE, 0)
        raise HostError(
            f"--fleet: the limit of {limit} open files is enough for {most} machines (ulimit -n)"
        )


def _make_directory(directory: str) -> None:
    """Make the directory; raise HostError for one that somebody else could put sockets into."""
    with HostError.wrapping_os_errors(f"can't make the folder {to_latin1(directory)}"):
        os.makedirs(directory, exist_ok=True)
        status = os.lstat(directory)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise HostError(f"the folder {to_latin1(directory)} is a link, or belongs to somebody else")


async def _serve(
    count: int,
    directory: str,
    create: Callable[[], tuple[Machine, bool]],
    to_stderr: Callable[..., None],
    ready: Callable[[], None],
) -> int:
    report_exceptions(to_stderr)
    servers: list[MachineServer] = []
    try:
        for index in range(count):
            with ending_at_once():
                machine, runs = create()
            servers.append(serve_pair(machine, SocketPair.of(directory, index), to_stderr))
            if runs:
                machine.run_state.start()
                servers[-1].run_guest()
        on_termination_signal(to_stderr, lambda: _end(servers))
        # Before `ready`, which turns stdout into /dev/null with -daemonize.
        with suppress(OutputLostError):
            write_stdout(f"{count} machines in {directory}\n".encode())
        ready()
        await asyncio.gather(*(server.close_when_ended() for server in servers))
    finally:
        for server in servers:
            await server.close()
            server.machine.close()
    return 0


def _end(servers: list[MachineServer]) -> None:
    for server in servers:
        server.machine.run_state.end_by_signal()


def raise_descriptor_limit() -> int:
    """Raise the limit of open descriptors to its maximum, and return it."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
