"""Long work of the host, such as taking pages in advance: somebody may watch how it goes on, and
stop it.

How progress is shown, and what is asked of whom, is the business of the mouths.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from hmp.errors import HostError


class ProgressListener(Protocol):
    """Hears every now and then how far the work is, in bytes, and says whether it is to go on."""

    def update(self, done: int, total: int) -> bool: ...


class InterruptedByUserError(HostError):
    """The work was stopped by who watched; what it had done is undone."""


_active: ContextVar[ProgressListener | None] = ContextVar("watcher of long work", default=None)


def progress_listener() -> ProgressListener | None:
    """The watcher of what is done at present."""
    return _active.get()


@contextmanager
def report_progress_to(progress_listener: ProgressListener) -> Iterator[None]:
    """Let a watcher hear of what is done meanwhile."""
    token = _active.set(progress_listener)
    try:
        yield
    finally:
        _active.reset(token)
