"""Long work of the host, such as taking pages in advance: somebody may watch how it goes on, and stop it.

How progress is shown, and what is asked of whom, is the business of the mouths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from hmp.errors import HostError


class Watcher(Protocol):
    """Hears every now and then how far the work is, in bytes, and says whether it is to go on."""

    def goes_on(self, done: int, total: int) -> bool: ...


class InterruptedByUserError(HostError):
    """The work was stopped by who watched; what it had done is undone."""


_present: Watcher | None = None


def watcher() -> Watcher | None:
    """Who watches at present."""
    return _present


@contextmanager
def watched_by(newcomer: Watcher) -> Iterator[None]:
    """Let somebody watch what is done meanwhile."""
    global _present
    before, _present = _present, newcomer
    try:
        yield
    finally:
        _present = before
