"""Machines with sockets in this process: real clients can talk to them while the test looks inside.

All of them live in one event loop in one thread; time is real.
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
from hmp.testing.event_loop import loop_thread
from hmp.testing.in_process import DEFAULT_ARGUMENTS, InProcessMachine
from hmp.testing.snapshot import Snapshot

Result = TypeVar("Result")
TIMEOUT_S = 10.0


class ServedMachine:
    """A machine with a QMP socket at `qmp_path` and an HMP socket at `hmp_path`.

    What the methods do happens as if a client did it; `events` is what happened so far.
    """

    def __init__(self, server: MachineServer, paths: SocketPair) -> None:
        self._server, self._double = server, InProcessMachine(server.machine)
        server.machine.timers.clock = server.clock
        self.qmp_path, self.hmp_path = paths.qmp, paths.hmp
        self.guest, self.faults = GuestControl(self._perform), FaultControl(self._perform)
        self._changed = threading.Condition()
        server.machine.events.listeners.append(self._notify)
        self._closing = asyncio.ensure_future(server.close_when_ended())

    def begin(self, runs: bool) -> None:
        """In the loop: let the machine run, if it shall; what happened until then is of no
        interest.
        """
        if runs:
            self._server.machine.run_state.start()
            self._server.run_guest()
            self._double.events.clear()

    async def close(self) -> None:
        """In the loop: close the sockets and unmap the memory."""
        self._closing.cancel()
        await self._server.close()
        self._server.machine.close()

    def _notify(self, event: Event) -> None:
        with self._changed:
            self._changed.notify_all()

    def _in_loop(self, action: Callable[[], Result]) -> Result:
        return loop_thread().call(action)

    def _perform(self, name: str, given: dict[str, Any]) -> None:
        self._in_loop(lambda: self._double.perform(name, given))

    def execute(self, line: str, check: bool = True) -> str:
        """As `InProcessMachine.execute`."""
        return self._in_loop(lambda: self._double.execute(line, check))

    def qmp(self, command: str, arguments: dict[str, Any] | None = None, **more: Any) -> Any:
        """As `InProcessMachine.qmp`."""
        return self._in_loop(lambda: self._double.qmp(command, arguments, **more))

    @property
    def devices(self) -> list[dict[str, Any]]:
        """As `InProcessMachine.devices`."""
        return self._in_loop(lambda: self._double.devices)

    @property
    def events(self) -> list[Event]:
        """The events so far."""
        return self._in_loop(lambda: list(self._double.events))

    @property
    def guest_info(self) -> GuestInfo:
        """As `InProcessMachine.guest_info`."""
        return self._in_loop(lambda: self._double.guest_info)

    @property
    def status(self) -> str:
        """As `InProcessMachine.status`."""
        return self._double.status

    def snapshot(self) -> Snapshot:
        """As `InProcessMachine.snapshot`."""
        return self._in_loop(self._double.snapshot)

    def wait_for_event(self, name: str, count: int = 1, timeout: float = TIMEOUT_S) -> Event:
        """The `count`th event of a name, as soon as it happened; TimeoutError when it does not
        within `timeout` s.
        """
        with self._changed:
            found = self._changed.wait_for(lambda: self._of_name(name)[count - 1 : count], timeout)
        if not found:
            raise TimeoutError(f"no event {name} within {timeout} s")
        return found[0]

    def _of_name(self, name: str) -> list[Event]:
        return [event for event in tuple(self._double.events) if event.name == name]


@contextmanager
def served_machine(
    arguments: Arguments = DEFAULT_ARGUMENTS, folder: Path | str | None = None
) -> Iterator[ServedMachine]:
    """A machine of these QEMU arguments with its two sockets, in `folder` or one of its own."""
    with fleet(1, arguments, folder) as (machine,):
        yield machine


@contextmanager
def fleet(
    count: int, arguments: Arguments = DEFAULT_ARGUMENTS, folder: Path | str | None = None
) -> Iterator[list[ServedMachine]]:
    """Many machines of the same arguments, each with its two sockets, in one event loop."""
    with ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hmp"))
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
