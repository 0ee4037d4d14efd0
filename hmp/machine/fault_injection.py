"""Faults on purpose, for tests of programs that manage machines: calls to the host, QMP commands,
replies.

What a fault looks like to whom is decided where the call is made; here they are only counted.
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
    """The refusal of a QMP command: error class and description."""

    error_class: str
    description: str


class FaultInjection:
    """The faults that a machine is to have next, each kind with its own queue."""

    def __init__(self) -> None:
        self.host: dict[str, deque[int]] = {}
        self.commands: dict[str, deque[CommandFault]] = {}
        self.delays: deque[float] = deque()
        self.drops = 0

    def fail_host(self, call: str, error: str, times: int = 1) -> None:
        """Let the next calls of a kind (one of HOST_CALLS) fail with an error such as ENOMEM.

        ParameterError for another call or error.
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
        """Let the next QMP commands of a name be refused."""
        self.commands.setdefault(command, deque()).extend([fault] * times)

    def delay_replies(self, seconds: float, times: int = 1) -> None:
        """Let the next replies come so much later; what follows them on their connection waits."""
        self.delays.extend([seconds] * times)

    def drop_connections(self, times: int = 1) -> None:
        """Let the next commands end their connection in place of a reply."""
        self.drops += times

    def clear(self) -> None:
        """Forget every fault that did not happen yet."""
        self.host.clear()
        self.commands.clear()
        self.delays.clear()
        self.drops = 0

    def waiting(self) -> dict[str, int]:
        """How many faults of each kind are still to happen."""
        counts = {f"{call}": len(codes) for call, codes in self.host.items()}
        counts |= {f"command {name}": len(faults) for name, faults in self.commands.items()}
        counts |= {"delayed replies": len(self.delays), "dropped connections": self.drops}
        return {kind: count for kind, count in counts.items() if count}

    def next_command(self, command: str) -> CommandFault | None:
        """The fault for a QMP command that is about to run, if there is one."""
        return _take(self.commands.get(command))

    def next_delay(self) -> float:
        """Seconds that the next reply is to wait."""
        return _take(self.delays) or 0.0

    def next_drop(self) -> bool:
        """Whether the connection is to end in place of the next reply."""
        if not self.drops:
            return False
        self.drops -= 1
        return True


def _take(queue: deque[Item] | None) -> Item | None:
    return queue.popleft() if queue else None


_active: ContextVar[FaultInjection | None] = ContextVar("active faults", default=None)


@contextmanager
def active(faults: FaultInjection) -> Iterator[None]:
    """Let these faults hit the calls that are made meanwhile."""
    token = _active.set(faults)
    try:
        yield
    finally:
        _active.reset(token)


def maybe_fail(call: str) -> None:
    """Raise OSError if the active faults have one for this call; every door to the host asks."""
    faults = _active.get()
    if faults and faults.host:
        code = _take(faults.host.get(call))
        if code:
            raise OSError(code, os.strerror(code))
