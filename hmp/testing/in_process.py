"""A machine in this process, without sockets and threads, whose clock only the test advances."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hmp.cmdline.factory import Arguments, create_machine
from hmp.encoding import to_latin1, to_unicode
from hmp.guest.actions import ACTIONS
from hmp.guest.info import GuestInfo, guest_info
from hmp.machine.events import Event
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from hmp.qmp.session import Session
from hmp.testing.commands import CommandError, qmp_arguments, qmp_result
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.snapshot import Snapshot, take_snapshot

DEFAULT_ARGUMENTS = "-m 1G,slots=4,maxmem=8G"


class InProcessMachine:
    """A machine as an object.

    `events` are the events so far, `stderr` the lines that QEMU would write there; `guest` and
    `faults` control the simulated guest and injected faults. `now` is the machine's clock, in
    seconds; it stands still but for `advance`.
    """

    def __init__(self, built: Machine) -> None:
        self.machine = built
        self.events: list[Event] = []
        self.stderr: list[str] = []
        self.now = 0.0
        built.timers.clock = lambda: self.now
        built.events.listeners.append(self.events.append)
        self._monitor = Monitor(built, to_stderr=self._collect_stderr)
        self._session = Session(built, to_stderr=self._collect_stderr)
        self._session.context.negotiate([])
        self.guest, self.faults = GuestControl(self.perform), FaultControl(self.perform)

    def _collect_stderr(self, *lines: str) -> None:
        self.stderr.extend(lines)

    def perform(self, name: str, given: dict[str, Any]) -> None:
        """Run an action by its name in `hmp.guest.actions`."""
        ACTIONS[name].run(self.machine, given)
        self.machine.run_guest()

    def execute(self, line: str, check: bool = True) -> str:
        """Run a line of the human monitor and then the guest; return the reply, with LF line ends.

        Raises:
            CommandError: The command failed, and `check` is set.
        """
        reply = self._monitor.execute(to_latin1(line))
        self.machine.run_guest()
        if check and reply.failed:
            raise CommandError(to_unicode(reply.text).rstrip("\n"))
        return to_unicode(reply.text)

    def qmp(self, command: str, arguments: dict[str, Any] | None = None, **more: Any) -> Any:
        """Run a QMP command and then the guest; return the result.

        In the names of keyword arguments `_` becomes `-`.

        Raises:
            QmpError: The command failed.
        """
        return qmp_result(self.qmp_reply(command, qmp_arguments(arguments, more)))

    def qmp_reply(self, command: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a QMP command and then the guest; return the whole reply, which may be an error."""
        reply = self._session.answer({"execute": command, "arguments": arguments or {}}).message
        self.machine.run_guest()
        return reply

    def advance(self, seconds: float) -> None:
        """Advance the clock; what falls due happens in its order."""
        end = self.now + seconds
        while (wait := self.machine.timers.time_to_next()) is not None and self.now + wait <= end:
            self.now += wait
            self.machine.run_guest()
        self.now = end
        self.machine.run_guest()

    @property
    def devices(self) -> list[dict[str, Any]]:
        """The result of query-memory-devices: the memory devices by address."""
        found: list[dict[str, Any]] = self.qmp("query-memory-devices")
        return found

    @property
    def guest_info(self) -> GuestInfo:
        """The state of the simulated guest."""
        return guest_info(self.machine)

    @property
    def status(self) -> str:
        """prelaunch, running, paused or shutdown."""
        return self.machine.run_state.name

    def snapshot(self) -> Snapshot:
        """Return the present state of the machine, for comparisons."""
        return take_snapshot(self.qmp)

    def event_names(self) -> list[str]:
        """Return the names of the events so far."""
        return [event.name for event in self.events]


@contextmanager
def machine(arguments: Arguments = DEFAULT_ARGUMENTS) -> Iterator[InProcessMachine]:
    """Create a machine of QEMU arguments, and unmap its memory at the end.

    It runs unless there is -S.

    Raises:
        StartupError: QEMU would not start with these arguments.
    """
    stderr: list[str] = []
    built, runs = create_machine(arguments, lambda *lines: stderr.extend(lines))
    try:
        in_process = InProcessMachine(built)
        in_process.stderr.extend(stderr)
        if runs:
            built.run_state.start()
            built.run_guest()
            in_process.events.clear()
        yield in_process
    finally:
        built.close()
