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
from typing import Any, TypeVar

from hmp.cmdline.factory import Arguments, create_machine
from hmp.guest.info import GuestInfo
from hmp.machine.events import Event
from hmp.serve.fleet import SocketPair, serve_pair
from hmp.serve.server import MachineServer
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.in_process import DEFAULT_ARGUMENTS, InProcessMachine
from hmp.testing.loop_thread import loop_thread
from hmp.testing.snapshot import Snapshot

Result = TypeVar("Result")
TIMEOUT_S = 10.0


class ServedMachine:
    """A machine with a QMP socket at `qmp_path` and an HMP socket at `hmp_path`.

    The methods act as a client would.
    """

    def __init__(self, server: MachineServer, paths: SocketPair) -> None:
        self._server, self._in_process = server, InProcessMachine(server.machine)
        # InProcessMachine has stopped the clock; here it is that of the loop.
        server.machine.timers.clock = server.clock
        self.qmp_path, self.hmp_path = paths.qmp, paths.hmp
        self.guest, self.faults = GuestControl(self._perform), FaultControl(self._perform)
        self._changed = threading.Condition()
        server.machine.events.listeners.append(self._notify)
        self._closing = asyncio.ensure_future(server.close_when_ended())

    def begin(self, runs: bool) -> None:
        """Start the machine, if it is to run, and forget the events so far; runs in the loop."""
        if runs:
            self._server.machine.run_state.start()
            self._server.run_guest()
            self._in_process.events.clear()

    async def close(self) -> None:
        """Close the sockets and unmap the memory; runs in the loop."""
        self._closing.cancel()
        await self._server.close()
        self._server.machine.close()

    def _notify(self, event: Event) -> None:
        with self._changed:
            self._changed.notify_all()

    def _in_loop(self, action: Callable[[], Result]) -> Result:
        return loop_thread().call(action)

    def _perform(self, name: str, given: dict[str, Any]) -> None:
        self._in_loop(lambda: self._in_process.perform(name, given))

    def execute(self, line: str, check: bool = True) -> str:
        """As `InProcessMachine.execute`."""
        return self._in_loop(lambda: self._in_process.execute(line, check))

    def qmp(self, command: str, arguments: dict[str, Any] | None = None, **more: Any) -> Any:
        """As `InProcessMachine.qmp`."""
        return self._in_loop(lambda: self._in_process.qmp(command, arguments, **more))

    @property
    def devices(self) -> list[dict[str, Any]]:
        """As `InProcessMachine.devices`."""
        return self._in_loop(lambda: self._in_process.devices)

    @property
    def events(self) -> list[Event]:
        """The events so far."""
        return self._in_loop(lambda: list(self._in_process.events))

    @property
    def guest_info(self) -> GuestInfo:
        """As `InProcessMachine.guest_info`."""
        return self._in_loop(lambda: self._in_process.guest_info)

    @property
    def status(self) -> str:
        """As `InProcessMachine.status`."""
        return self._in_process.status

    def snapshot(self) -> Snapshot:
        """As `InProcessMachine.snapshot`."""
        return self._in_loop(self._in_process.snapshot)

    def wait_for_event(self, name: str, count: int = 1, timeout: float = TIMEOUT_S) -> Event:
        """Wait for the `count`th event of a name, and return it.

        Raises:
            TimeoutError: It did not happen within `timeout` seconds.
        """
        with self._changed:
            found = self._changed.wait_for(lambda: self._of_name(name)[count - 1 : count], timeout)
        if not found:
            raise TimeoutError(f"no event {name} within {timeout} s")
        return found[0]

    def _of_name(self, name: str) -> list[Event]:
        # A copy: the thread of the loop may append meanwhile.
        return [event for event in tuple(self._in_process.events) if event.name == name]


@contextmanager
def served_machine(
    arguments: Arguments = DEFAULT_ARGUMENTS, folder: Path | str | None = None
) -> Iterator[ServedMachine]:
    """Serve a machine of QEMU arguments at two sockets, in `folder` or a temporary one."""
    with fleet(1, arguments, folder) as (machine,):
        yield machine


@contextmanager
def fleet(
    count: int, arguments: Arguments = DEFAULT_ARGUMENTS, folder: Path | str | None = None
) -> Iterator[list[ServedMachine]]:
    """Serve machines of the same QEMU arguments, each at two sockets, in one event loop."""
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
