"""Fault injection, for tests of management software: host calls, QMP commands, replies.

Faults are queued here; the code that makes a call or a reply takes them from the queue.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Generic, TypeVar

from hmp.errors import ParameterError
from hmp.record import Record

Item = TypeVar("Item")
HOST_CALLS = (
    "open",
    "ftruncate",
    "mmap",
    "memfd_create",
    "madvise",
    "mbind",
    "fallocate",
    "write",
)


class CommandFault(Record):
    """The injected error of a QMP command: class and description."""

    error_class: str
    description: str


class RepeatQueue(Generic[Item]):
    """Items in order, each a number of times: kept as counts, since users may ask for any."""

    def __init__(self) -> None:
        self._items: deque[tuple[Item, int]] = deque()

    def add(self, item: Item, times: int) -> None:
        """Append an item `times` times; raise ParameterError for less than once."""
        check_times(times)
        self._items.append((item, times))

    def take(self) -> Item | None:
        """Remove and return the first item, or None."""
        if not self._items:
            return None
        item, times = self._items.popleft()
        if times > 1:
            self._items.appendleft((item, times - 1))
        return item

    @property
    def total(self) -> int:
        """How often items are left, which may be more than a len() can be."""
        return sum(times for _item, times in self._items)


def check_times(times: int) -> None:
    """Raise ParameterError for what is no number of times."""
    if times < 1:
        raise ParameterError("times", "Parameter 'times' expects a number from 1 on")


class FaultInjection:
    """The next faults of a machine, with a queue for each kind."""

    def __init__(self) -> None:
        self.host: dict[str, RepeatQueue[int]] = {}
        self.commands: dict[str, RepeatQueue[CommandFault]] = {}
        self.delays: RepeatQueue[float] = RepeatQueue()
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
        self.host.setdefault(call, RepeatQueue()).add(code, times)

    def fail_command(self, command: str, fault: CommandFault, times: int = 1) -> None:
        """Let the next QMP commands of a name fail."""
        self.commands.setdefault(command, RepeatQueue()).add(fault, times)

    def delay_replies(self, seconds: float, times: int = 1) -> None:
        """Delay the next replies; what follows on their connection waits too."""
        self.delays.add(seconds, times)

    def drop_connections(self, times: int = 1) -> None:
        """Let the next commands end their connection instead of a reply."""
        check_times(times)
        self.drops += times

    def clear(self) -> None:
        """Remove every queued fault."""
        self.host.clear()
        self.commands.clear()
        self.delays = RepeatQueue()
        self.drops = 0

    def waiting(self) -> dict[str, int]:
        """Return the number of queued faults of each kind."""
        counts = {call: queue.total for call, queue in self.host.items()}
        counts |= {f"command {name}": queue.total for name, queue in self.commands.items()}
        counts |= {"delayed replies": self.delays.total, "dropped connections": self.drops}
        return {kind: count for kind, count in counts.items() if count}

    def next_command(self, command: str) -> CommandFault | None:
        """Take and return the fault for a QMP command that is about to run, or None."""
        queue = self.commands.get(command)
        return queue.take() if queue is not None else None

    def next_delay(self) -> float:
        """Take and return the seconds by which the next reply is delayed."""
        return self.delays.take() or 0.0

    def next_host(self, call: str) -> int:
        """Take and return the errno with which a host call is to fail, 0 for none."""
        queue = self.host.get(call)
        return (queue.take() or 0) if queue is not None else 0

    def next_drop(self) -> bool:
        """Take a drop; return whether the connection ends instead of the next reply."""
        if not self.drops:
            return False
        self.drops -= 1
        return True


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


def injected_errno(call: str) -> int:
    """Take and return the errno with which this host call is to fail, 0 for none."""
    faults = _active.get()
    return faults.next_host(call) if faults and faults.host else 0
