"""What Ctrl-C cancels: the typed line, the lines that were pasted, the work of the running command.

It raises nothing, whenever it comes, so that it ends none of what it does not cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interrupts:
    """The functions that Ctrl-C calls, from a signal handler: between any two steps of Python."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []

    def notify(self) -> None:
        """Call them all."""
        for callback in self._callbacks.copy():
            callback()

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Have Ctrl-C call a function, too, in the block."""
        self._callbacks.append(callback)
        try:
            yield
        finally:
            self._callbacks.remove(callback)
