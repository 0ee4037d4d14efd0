"""What carries requests to a running QEMU, whatever is between: a socket, or libvirt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol

from hmp.connect.links.target import Target
from hmp.errors import HostError, StateError

QUERY_TIMEOUT_S = 5.0
"""How long a query may take; what a user typed may take any time."""


CLOSED = "QEMU closed the connection"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class LinkError(HostError):
    """QEMU can't be reached, went away, or does not answer."""


class RefusedError(StateError):
    """QEMU's error reply to a request, of the class that QMP gives."""

    def __init__(self, error_class: str, description: str) -> None:
        super().__init__(description)
        self.qmp_class = error_class


class Request(NamedTuple):
    """A QMP command with its arguments."""

    command: str
    arguments: Mapping[str, Any] = {}

    @property
    def text(self) -> str:
        """The command and its arguments' values in one line."""
        return " ".join((self.command, *map(str, self.arguments.values())))


Answer = Any
"""JSON data, or the RefusedError that QEMU replied with."""


def monitor_line(line: str) -> Request:
    """Return the request that runs a line (Unicode) of the human monitor."""
    return Request("human-monitor-command", {"command-line": line})


class QmpEvent(NamedTuple):
    """An event as QMP sends it; `microseconds` since 1970."""

    name: str
    data: dict[str, Any]
    microseconds: int


class Link(Protocol):
    """A connection to one QEMU.

    `version` is QEMU's, such as 11.1.3. `lost` is why the connection ended, empty while it is
    there. `is_local` where QEMU is on this host; `process` is its process id then, 0 until it is
    known. `has_qmp`: it carries every request of QMP.
    """

    has_qmp: bool
    target: Target
    version: str
    lost: str
    is_local: bool
    process: int

    def submit(self, requests: Sequence[Request]) -> Future[list[Answer]]:
        """Send requests; the future has their answers in order, or a LinkError."""

    def reconnect(self) -> None:
        """Connect again after the connection was lost; raise LinkError when that fails."""

    def close(self) -> None:
        """End the connection; QEMU goes on."""


def ask(link: Link, requests: Sequence[Request], timeout: float = QUERY_TIMEOUT_S) -> list[Answer]:
    """Send requests and wait for the answers; raise LinkError when they do not come."""
    return wait_for_answers(link, link.submit(requests), timeout)


def wait_for_answers(
    link: Link, future: Future[list[Answer]], timeout: float = QUERY_TIMEOUT_S
) -> list[Answer]:
    """Wait for the answers to requests that were sent; raise LinkError when they do not come."""
    try:
        return future.result(timeout)
    except TimeoutError:
        future.cancel()
        raise LinkError(no_answer(link, timeout)) from None


def no_answer(link: Link, seconds: float) -> str:
    """Return why there may be no answer from a QEMU."""
    if is_stopped(link.process):
        return f"QEMU (process {link.process}) is stopped"
    return f"no answer from QEMU in {seconds:g} s: it is busy or stopped"


def is_stopped(process: int) -> bool:
    """Return whether a process of this host is stopped, as by SIGSTOP."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as stat:
            # The state follows the name, which may have parentheses in it (proc(5)).
            return stat.read().rpartition(")")[2].split()[0] in ("T", "t")
    except (OSError, IndexError):
        return False
