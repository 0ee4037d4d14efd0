"""What the clock brings to a machine, from an event loop: its agenda, and the guest's turns.

Who speaks with the machine is not known here.
"""

from __future__ import annotations

import asyncio

from hmp.machine.machine import Machine


class MachineDriver:
    """Drives one machine from the running event loop, until `end`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        machine.timers.clock, machine.timers.changed = self.now, self._reschedule

    def now(self) -> float:
        """The clock of the event loop, in seconds."""
        return self._loop.time()

    def run_guest(self) -> bool:
        """Let the guest answer; whether the machine is over."""
        self.machine.run_guest()
        return self.machine.run_state.ended

    def end(self) -> None:
        """Bring nothing any more."""
        if self._timer:
            self._timer.cancel()
        self.machine.timers.changed = lambda: None

    def _reschedule(self) -> None:
        """Come back when the machine's next action is due."""
        if self._timer:
            self._timer.cancel()
        wait = self.machine.timers.wait()
        self._timer = None if wait is None else self._loop.call_later(wait, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.run_guest()
        self._reschedule()
