"""Keep the events that come in the link's thread, until the front end takes them."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue

from hmp.connect.links.link import QmpEvent


def _ignore() -> None:
    pass


class Inbox:
    """Events in order; None stands for the end of the connection. `wake` is called in the link's
    thread when there is another one.
    """

    def __init__(self) -> None:
        self.wake: Callable[[], None] = _ignore
        self._events: SimpleQueue[QmpEvent | None] = SimpleQueue()

    def put(self, event: QmpEvent | None) -> None:
        """Take an event, in the link's thread."""
        self._events.put(event)
        self.wake()

    def take(self) -> list[QmpEvent | None]:
        """Return the events that were not taken yet."""
        found: list[QmpEvent | None] = []
        while True:
            try:
                found.append(self._events.get_nowait())
            except Empty:
                return found
