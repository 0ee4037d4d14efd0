"""The clock of a machine whose CPUs don't run: it stands still until a client moves it
(docs/qemu-behaviour/qtest.md §2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.machine.boards.properties import X86MachineObject
from hmp.machine.qtest.interval_timer import NANOSECONDS, IntervalTimer
from hmp.machine.timers import TimerQueue

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MAX_EDGES = 100_000
"""How many edges of the interval timer a client that watches its interrupt gets at once."""


class VirtualClock:
    """Time in nanoseconds, and what is due at some time: `timers`, and the board's interval timer.

    While the machine is stopped nothing is due. `has_listener` says whether anybody takes the
    interrupts of the interval timer; else its edges need not be gone through one by one.
    """

    def __init__(
        self,
        is_running: Callable[[], bool],
        has_listener: Callable[[], bool],
        interval_timer: IntervalTimer | None,
    ) -> None:
        self.now = 0
        self.timers = TimerQueue()
        self.timers.clock = lambda: self.now / NANOSECONDS
        self._interval_timer = interval_timer
        self._is_running, self._has_listener = is_running, has_listener

    def next_deadline(self) -> int | None:
        """Return when something is due next, None if nothing is."""
        if not self._is_running():
            return None
        found = [self._interval_timer.deadline] if self._interval_timer else []
        wait = self.timers.time_to_next()
        if wait is not None:
            found.append(self.now + round(wait * NANOSECONDS))
        return min(found, default=None)

    def advance(self, to: int) -> None:
        """Move the clock, and let everything happen that is due until then, in order."""
        edges = 0
        while (due := self.next_deadline()) is not None and due <= to:
            self.now = max(self.now, due)
            self.timers.run_due(lambda: None)
            timer = self._interval_timer
            if timer and timer.deadline <= self.now:
                edges += 1
                is_last = not self._has_listener() or edges == MAX_EDGES
                timer.fire(max(self.now, to) if is_last else self.now)
        self.now = max(self.now, to)

    def catch_up(self) -> None:
        """Let everything happen that is overdue, as when the machine runs again."""
        self.advance(self.now)

    def reset(self) -> None:
        """Start the interval timer anew, as a reset of the machine does."""
        if self._interval_timer:
            self._interval_timer.reset(self.now)


def use_virtual_clock(machine: Machine) -> None:
    """Let the guest's clock stand until a client of qtest moves it."""

    def set_interrupt(number: int, level: bool) -> None:
        if machine.qtest:
            machine.qtest.set_line(number, level)

    target = machine.machine_object
    has_timer = isinstance(target, X86MachineObject) and target.pit != "off"
    machine.virtual_clock = VirtualClock(
        lambda: machine.run_state.is_running,
        lambda: bool(machine.qtest and machine.qtest.is_listening),
        IntervalTimer(set_interrupt) if has_timer else None,
    )
    machine.events.timers = machine.virtual_clock.timers
