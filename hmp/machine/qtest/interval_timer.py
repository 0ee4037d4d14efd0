"""The i8254 of a PC as it is after a reset: counter 0 is the only thing of a board without a
running CPU that is ever due (docs/qemu-behaviour/qtest.md §2).
"""

from __future__ import annotations

from collections.abc import Callable

NANOSECONDS = 1_000_000_000
FREQUENCY_HZ = 1_193_182
PERIOD = 1 << 16
"""In ticks; the output is high in the first half."""
IRQ = 0


class IntervalTimer:
    """A square wave, from the last reset on; `set_line` gets the level of the output at each edge.

    Times are in nanoseconds. `deadline` is that of the next edge.
    """

    def __init__(self, set_line: Callable[[int, bool], None]) -> None:
        self._set_line, self._start = set_line, 0
        self.deadline = self._next_edge(0)

    def reset(self, now: int) -> None:
        """Start anew; the interrupt stays as it is until the next edge."""
        self._start = now
        self.deadline = self._next_edge(now)

    def fire(self, now: int) -> None:
        """Set the output as it is now."""
        self._set_line(IRQ, self._ticks(now) % PERIOD < PERIOD // 2)
        self.deadline = self._next_edge(now)

    def _ticks(self, now: int) -> int:
        return (now - self._start) * FREQUENCY_HZ // NANOSECONDS

    def _next_edge(self, now: int) -> int:
        half = PERIOD // 2
        edge = (self._ticks(now) // half + 1) * half
        # Rounded down, an edge may be a nanosecond early, and comes again
        # (docs/qemu-behaviour/qtest.md §2).
        return max(self._start + edge * NANOSECONDS // FREQUENCY_HZ, now + 1)
