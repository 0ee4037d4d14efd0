"""Fault injection, for tests of management software: host calls, QMP commands, replies.

Faults are queued here; the code that makes a call or a reply takes them from the queue.
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

from hmp.errors import ParameterError

Item = TypeVar("Item")
HOST_CALLS = ("open", "ftruncate", "mmap", "memfd_create", "madvise", "mbind", "fallocate")


class CommandFault(NamedTuple):
    """The injected error of a QMP command: class and description."""

    error_class: str
    description: str


class FaultInjection:
    """The next faults of a machine, with a queue for each kind."""

    def __init__(self) -> None:
        self.host: dict[str, deque[int]] = {}
        self.commands: dict[str, deque[CommandFault]] = {}
        self.delays: deque[float] = deque()
        self.drops = 0

    def fail_host(self, call: str, error: str, times: int = 1) -> None:
        """Let the next calls of a kind (one of HOST_CALLS) fail with an error such as ENOMEM.

        Raises ParameterError for an unknown call or error.
        """
        code = getattr(errno, error, None)
        if call not in HOST_CALLS:
            raise ParameterError(
                "call", f"no call '{call}' can be made to fail; there are {', '.join(HOST_CALLS)}"
            )
        if not error.startswith("E") or not isinstance(code, int):
            raise ParameterError("error", f"the host has no error '{error}'")
        self.host.setdefault(call, deque()).extend([code] * times)

    def fail_command(self, command: str, fault: CommandFault, times: int = 1) -> None:
        """Let the next QMP commands of a name fail."""
        self.commands.setdefault(command, deque()).extend([fault] * times)

    def delay_replies(self, seconds: float, times: int = 1) -> None:
        """Delay the next replies; what follows on their connection waits too."""
        self.delays.extend([seconds] * times)

    def drop_connections(self, times: int = 1) -> None:
        """Let the next commands end their connection instead of a reply."""
        self.drops += times

    def clear(self) -> None:
        """Remove every queued fault."""
        self.host.clear()
        self.commands.clear()
        self.delays.clear()
        self.drops = 0

    def waiting(self) -> dict[str, int]:
        """Return the number of queued faults of each kind."""
        counts = {call: len(codes) for call, codes in self.host.items()}
        counts |= {f"command {name}": len(faults) for name, faults in self.commands.items()}
        counts |= {"delayed replies": len(self.delays), "dropped connections": self.drops}
        return {kind: count for kind, count in counts.items() if count}

    def next_command(self, command: str) -> CommandFault | None:
        """Take and return the fault for a QMP command that is about to run, or None."""
        return _take(self.commands.get(command))

    def next_delay(self) -> float:
        """Take and return the seconds by which the next reply is delayed."""
        return _take(self.delays) or 0.0

    def next_drop(self) -> bool:
        """Take a drop; return whether the connection ends instead of the next reply."""
        if not self.drops:
            return False
        self.drops -= 1
        return True


def _take(queue: deque[Item] | None) -> Item | None:
    return queue.popleft() if queue else None


# A variable of the context, because the code that calls the host knows no machine.
_active: ContextVar[FaultInjection | None] = ContextVar("active faults", default=None)


@contextmanager
def activate(faults: FaultInjection) -> Iterator[None]:
    """Inject these faults into the calls that are made in the block."""
    token = _active.set(faults)
    try:
        yield
    finally:
        _active.reset(token)


def maybe_fail(call: str) -> None:
    """Raise OSError if the active faults have one for this host call."""
    faults = _active.get()
    if faults and faults.host:
        code = _take(faults.host.get(call))
        if code:
            raise OSError(code, os.strerror(code))
