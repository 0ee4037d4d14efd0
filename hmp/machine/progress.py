"""Progress of long work, such as preallocation, which the user can interrupt."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from hmp.errors import HostError


class ProgressListener(Protocol):
    """Receives the progress in bytes now and then; returns whether the work shall continue."""

    def update(self, done: int, total: int) -> bool: ...


class InterruptedByUserError(HostError):
    """The user interrupted the work; what it had done is undone."""


# A variable of the context: the code that works knows neither machine nor command.
_active: ContextVar[ProgressListener | None] = ContextVar("progress listener", default=None)


def progress_listener() -> ProgressListener | None:
    """Return the listener of the present command, or None."""
    return _active.get()


def report_progress(done: int, total: int, failure: str = "") -> None:
    """Report to the listener of the present command, if it has one.

    Raise InterruptedByUserError, after the words of a `failure`, when the work shall not continue.
    """
    listener = _active.get()
    if listener and not listener.update(done, total):
        if failure:
            raise InterruptedByUserError.from_errno(failure, errno.EINTR)
        raise InterruptedByUserError("interrupted")


@contextmanager
def report_progress_to(listener: ProgressListener) -> Iterator[None]:
    """Report the progress of what is done in the block to a listener."""
    token = _active.set(listener)
    try:
        yield
    finally:
        _active.reset(token)
