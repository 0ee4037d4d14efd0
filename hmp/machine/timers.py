"""Timers of a machine, without a thread or an event loop.

A loop asks for the time to the next timer. The clock can be replaced, for tests.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Timer:
    """A scheduled action."""

    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def cancel(self) -> None:
        """Cancel the action; do nothing when it has run already."""
        # It leaves the heap when it comes to the top: to search the heap would take longer.
        self.action = None


class TimerQueue:
    """Actions by the time they are due; `clock` returns seconds, `changed` is called when another
    timer is next.
    """

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.monotonic
        self.changed: Action = lambda: None
        self._timers: list[tuple[float, int, Timer]] = []
        # Actions that are due at the same time run in the order in which they were scheduled, and
        # the heap never compares Timers.
        self._count = count()
        self._due: float | None = None

    def call_later(self, delay: float, action: Action, from_now: bool = False) -> Timer:
        """Schedule an action in `delay` seconds; return the timer, which can be cancelled.

        They count from when the present action was due, or with `from_now` from the present time,
        so that long work in pieces lets others run between them.
        """
        timer = Timer(action)
        now = self.clock() if self._due is None or from_now else self._due
        item = (now + delay, next(self._count), timer)
        heapq.heappush(self._timers, item)
        if self._timers[0] is item:
            self.changed()
        return timer

    def time_to_next(self) -> float | None:
        """Return the seconds until the next timer, 0 when it is overdue, None without one."""
        while self._timers and self._timers[0][2].action is None:
            heapq.heappop(self._timers)
        return max(self._timers[0][0] - self.clock(), 0.0) if self._timers else None

    def run_due(self, after_each: Action) -> None:
        """Run every due action, in order, and `after_each` after each.

        Actions may schedule others.
        """
        try:
            while self.time_to_next() == 0.0:
                self._due, _count, timer = heapq.heappop(self._timers)
                action, timer.action = timer.action, None
                if action:
                    action()
                after_each()
        finally:
            self._due = None

    def clear(self) -> None:
        """Cancel all timers."""
        self._timers.clear()
