"""A machine in this process, without sockets and threads, whose clock only the test advances."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hmp.cmdline.factory import Arguments, create_machine
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HmpError
from hmp.guest.actions import ACTIONS
from hmp.machine.events import Event
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from hmp.qmp.session import Session
from hmp.testing.api import KEPT_LINES, HmpMachine, LineReply
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.errors import QmpError
from hmp.testing.options import DEFAULT_ARGUMENTS, IN_PROCESS, check_options


class InProcessMachine(HmpMachine):
    """A machine as an object.

    `machine` is the machine itself, `stderr` are the lines that QEMU would write there. `now` is
    the machine's clock, in seconds; it stands still but for `advance`.
    """

    def __init__(self, built: Machine) -> None:
        self.machine = built
        self.stderr: list[str] = []
        self.now = 0.0
        self.transcript = deque(maxlen=KEPT_LINES)
        self._events: list[Event] = []
        self._is_closed = False
        built.timers.clock = lambda: self.now
        built.events.listeners.append(self._events.append)
        self._monitor = Monitor(built, to_stderr=self._collect_stderr)
        self._session = Session(built, to_stderr=self._collect_stderr)
        self._session.context.negotiate([])
        self.guest, self.faults = GuestControl(self.perform), FaultControl(self.perform)

    @property
    def has_ended(self) -> bool:
        """Whether the machine has ended."""
        return self._is_closed or self.machine.run_state.ended

    @property
    def events(self) -> list[Event]:
        """The events since the start, or since `clear_events`; a list of its own."""
        return list(self._events)

    def clear_events(self) -> None:
        """Forget the events so far."""
        self._events.clear()

    def begin(self, runs: bool) -> None:
        """Start the machine, if it is to run, and forget the events so far."""
        if runs:
            self.machine.run_state.start()
            self.machine.run_guest()
        self.clear_events()

    def close(self) -> None:
        """Unmap the memory; the machine has ended."""
        self._is_closed = True
        self.machine.close()

    def advance(self, seconds: float) -> None:
        """Advance the clock; what falls due happens in its order.

        Raises:
            ValueError: The seconds are negative: the clock can't go back.
            MachineEndedError: The machine has ended.
        """
        __tracebackhide__ = True
        if seconds < 0:
            raise ValueError(f"the clock can't go back: advance({seconds})")
        self._check_running("advance")
        end = self.now + seconds
        while self._advance_to_next(end):
            pass
        self.now = end
        self.machine.run_guest()

    def _advance_to_next(self, end: float) -> bool:
        """Let what falls due next happen; return whether there was anything up to `end`."""
        wait = self.machine.timers.time_to_next()
        if wait is None or self.now + wait > end:
            return False
        self.now += wait
        self.machine.run_guest()
        return True

    def _collect_stderr(self, *lines: str) -> None:
        self.stderr.extend(lines)

    def perform(self, name: str, given: dict[str, Any]) -> None:
        """Run an action by its name in `hmp.guest.actions`.

        Not over QMP, whose next replies it may be about. Raises QmpError.
        """
        __tracebackhide__ = True
        self._check_running(name)
        try:
            ACTIONS[name].run(self.machine, given)
        except HmpError as error:
            raise QmpError(error.qmp_class, error.message) from None
        self.machine.run_guest()

    def run_line(self, line: str) -> LineReply:
        """Run a line of the human monitor, and the guest."""
        reply = self._monitor.execute(to_latin1(line))
        self.machine.run_guest()
        return LineReply(to_unicode(reply.text), reply.failed)

    def run_qmp(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run a QMP command, and the guest; return the whole reply."""
        reply = self._session.answer({"execute": command, "arguments": arguments}).message
        self.machine.run_guest()
        return reply

    def _wait(self, holds: Callable[[], bool], timeout: float) -> bool:
        end = self.now + timeout
        while not holds():
            if not self._advance_to_next(end):
                self.now = end
                return False
        return True


@contextmanager
def machine(arguments: Arguments = DEFAULT_ARGUMENTS) -> Iterator[InProcessMachine]:
    """Create a machine of QEMU arguments, and unmap its memory at the end.

    It runs unless there is -S.

    Raises:
        StartupError: QEMU would not start with these arguments.
        OptionError: An option is about sockets, or about the program.
    """
    check_options(arguments, IN_PROCESS)
    stderr: list[str] = []
    built, runs = create_machine(arguments, lambda *lines: stderr.extend(lines))
    in_process = InProcessMachine(built)
    try:
        in_process.stderr.extend(stderr)
        in_process.begin(runs)
        yield in_process
    finally:
        in_process.close()
