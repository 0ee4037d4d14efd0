"""Links for tests: to a machine of this process, and to recorded answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from hmp import QEMU_VERSION
from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.link import Answer, LinkError, RefusedError, Request
from hmp.connect.links.target import Target
from hmp.connect.monitor import RemoteMonitor
from hmp.connect.safety import Permissions
from hmp.machine.machine import Machine
from hmp.testing.in_process import InProcessMachine
from tests.support import start_machine


class TestLink:
    """A link whose answers are there at once; `sent` are the requests so far."""

    __test__ = False
    has_qmp = True
    target, is_local, process = Target("unix:test", "unix", path="test"), True, 0

    def __init__(self, version: str = QEMU_VERSION) -> None:
        self.version, self.lost = version, ""
        self.sent: list[Request] = []

    def submit(self, requests: Sequence[Request]) -> Future[list[Answer]]:
        future: Future[list[Answer]] = Future()
        if self.lost:
            future.set_exception(LinkError(self.lost))
        else:
            self.sent += requests
            future.set_result([self.answer(request) for request in requests])
        return future

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def reconnect(self) -> None:
        raise LinkError("Connection refused")

    def close(self) -> None:
        pass


class InProcessLink(TestLink):
    """A link to a machine of this process."""

    def __init__(self, machine: Machine) -> None:
        super().__init__()
        self._machine = InProcessMachine(machine)

    def answer(self, request: Request) -> Answer:
        reply = self._machine.qmp_reply(request.command, dict(request.arguments))
        if "error" in reply:
            return RefusedError(reply["error"]["class"], reply["error"]["desc"])
        return reply["return"]


class RecordedLink(TestLink):
    """A link to a QEMU whose answers were recorded, by the texts of the requests."""

    def __init__(self, version: str, answers: dict[str, Any]) -> None:
        super().__init__(version)
        self._answers = answers

    def answer(self, request: Request) -> Answer:
        if request.text not in self._answers:
            return RefusedError("GenericError", f"not recorded: {request.text}")
        return self._answers[request.text]


@contextmanager
def connected(
    arguments: str = "-m 1G,slots=4,maxmem=8G", write: bool = True
) -> Iterator[tuple[Machine, RemoteMonitor]]:
    """Yield a machine, and a monitor that is connected to it."""
    with start_machine(arguments) as machine:
        yield (
            machine,
            RemoteMonitor(Connection(InProcessLink(machine), Inbox()), Permissions(write)),
        )
