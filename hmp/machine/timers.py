"""What is to happen later in a machine: actions with the time they are due, without a thread and
without a loop.

Whoever has a loop asks when to come back; the clock can be any clock, so a test may turn it by
hand.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from itertools import count

Action = Callable[[], None]


class Entry:
    """An action on the agenda; `cancel` takes it off."""

    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def cancel(self) -> None:
        """Let the action not happen; harmless when it did already."""
        self.action = None


class TimerQueue:
    """Actions in the order of their time; `clock` gives seconds, `changed` is called when something
    new is first.
    """

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.monotonic
        self.changed: Action = lambda: None
        self._entries: list[tuple[float, int, Entry]] = []
        self._count = count()
        self._due: float | None = None

    def later(self, delay: float, action: Action) -> Entry:
        """Do something in `delay` seconds."""
        entry = Entry(action)
        now = self.clock() if self._due is None else self._due
        item = (now + delay, next(self._count), entry)
        heapq.heappush(self._entries, item)
        if self._entries[0] is item:
            self.changed()
        return entry

    def wait(self) -> float | None:
        """Seconds until the next action is due, 0 when it is overdue; None when there is nothing to
        wait for.
        """
        while self._entries and self._entries[0][2].action is None:
            heapq.heappop(self._entries)
        return max(self._entries[0][0] - self.clock(), 0.0) if self._entries else None

    def catch_up(self, after_each: Action) -> None:
        """Do everything that is due, in order, and something after each.

        What is put on the agenda meanwhile counts from the time when its cause was due, however
        late that is noticed.
        """
        try:
            while self.wait() == 0.0:
                self._due, _count, entry = heapq.heappop(self._entries)
                action, entry.action = entry.action, None
                if action:
                    action()
                after_each()
        finally:
            self._due = None

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
