"""Machines with sockets in this process: clients connect to them, and the test looks inside.

All share one event loop in one thread; time is real.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from hmp.cmdline.factory import Arguments, create_machine
from hmp.machine.events import Event
from hmp.serve.fleet import SocketPair, serve_pair
from hmp.serve.server import MachineServer
from hmp.testing.api import HmpMachine, LineReply
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.in_process import InProcessMachine
from hmp.testing.loop_thread import loop_thread
from hmp.testing.options import DEFAULT_ARGUMENTS, SERVED, check_options


class ServedMachine(HmpMachine):
    """A machine with a QMP socket at `qmp_path` and an HMP socket at `hmp_path`.

    The methods act as a client would.
    """

    def __init__(self, server: MachineServer, paths: SocketPair) -> None:
        self._server, self._in_process = server, InProcessMachine(server.machine)
        # InProcessMachine has stopped the clock; here it is that of the loop.
        server.machine.timers.clock = server.clock
        self.qmp_path, self.hmp_path = paths.qmp, paths.hmp
        self.transcript = self._in_process.transcript
        self.guest, self.faults = GuestControl(self._perform), FaultControl(self._perform)
        self._changed = threading.Condition()
        server.machine.events.listeners.append(self._notify)
        self._closing = asyncio.ensure_future(server.close_when_ended())

    @property
    def has_ended(self) -> bool:
        """Whether the machine has ended."""
        return self._in_process.has_ended

    @property
    def events(self) -> list[Event]:
        """The events since the start, or since `clear_events`; a list of its own."""
        # A copy, which is made at once: the thread of the loop may append meanwhile.
        return self._in_process.events

    def clear_events(self) -> None:
        """Forget the events so far."""
        loop_thread().call(self._in_process.clear_events)

    def begin(self, runs: bool) -> None:
        """Start the machine, if it is to run, and forget the events so far; runs in the loop."""
        self._in_process.begin(runs)

    async def close(self) -> None:
        """Close the sockets and unmap the memory; runs in the loop."""
        self._closing.cancel()
        await self._server.close()
        self._in_process.close()

    def _notify(self, event: Event) -> None:
        with self._changed:
            self._changed.notify_all()

    def _perform(self, name: str, given: dict[str, Any]) -> None:
        __tracebackhide__ = True
        self._check_running(name)
        loop_thread().call(lambda: self._in_process.perform(name, given))

    def run_line(self, line: str) -> LineReply:
        """Run a line of the human monitor, and the guest."""
        return loop_thread().call(lambda: self._in_process.run_line(line))

    def run_qmp(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run a QMP command, and the guest; return the whole reply."""
        return loop_thread().call(lambda: self._in_process.run_qmp(command, arguments))

    def _wait(self, holds: Callable[[], bool], timeout: float) -> bool:
        with self._changed:
            return self._changed.wait_for(holds, timeout)


@contextmanager
def served_machine(
    arguments: Arguments = DEFAULT_ARGUMENTS, folder: Path | str | None = None
) -> Iterator[ServedMachine]:
    """Serve a machine of QEMU arguments at two sockets, in `folder` or a temporary one.

    Raises:
        StartupError: QEMU would not start with these arguments.
        OptionError: An option is about the program, not about the machine.
    """
    with fleet(1, arguments, folder) as (machine,):
        yield machine


@contextmanager
def fleet(
    count: int, arguments: Arguments = DEFAULT_ARGUMENTS, folder: Path | str | None = None
) -> Iterator[list[ServedMachine]]:
    """Serve machines of the same QEMU arguments, each at two sockets, in one event loop.

    Raises:
        StartupError: QEMU would not start with these arguments.
        OptionError: An option is about the program, not about the machine.
    """
    check_options(arguments, SERVED)
    with ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hmp"))
        # Registered before the first machine is made: a later one may fail.
        machines: list[ServedMachine] = []
        stack.callback(lambda: loop_thread().run(_close(machines)))
        for index in range(count):
            machines.append(_serve(arguments, SocketPair.of(str(folder), index)))
        yield machines


def _serve(arguments: Arguments, paths: SocketPair) -> ServedMachine:
    stderr: list[str] = []
    built, runs = create_machine(arguments, lambda *lines: stderr.extend(lines))

    def serve() -> ServedMachine:
        served = ServedMachine(serve_pair(built, paths), paths)
        served.begin(runs)
        return served

    try:
        return loop_thread().call(serve)
    except BaseException:
        built.close()
        raise


async def _close(machines: list[ServedMachine]) -> None:
    for served in machines:
        await served.close()
