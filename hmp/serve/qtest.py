"""QEMU's test protocol with one client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hmp.machine.qtest.server import Qtest
from hmp.serve.protocols import Output


class QtestProtocol:
    """The test protocol, a line a command; `send` takes interrupts as they happen."""

    def __init__(self, server: Qtest, send: Callable[[bytes], None]) -> None:
        self._server, self._send = server, send
        # A line with memory in it may be long, and comes in many pieces.
        self._unfinished: list[str] = []

    def greeting(self) -> bytes:
        self._server.opened(self._send)
        return b""

    def feed(self, data: str) -> Iterator[Output]:
        *ends, rest = data.split("\n")
        for end in ends:
            line = "".join((*self._unfinished, end))
            self._unfinished.clear()
            for part in self._server.answer(line):
                yield Output(part.encode("latin-1"), is_partial=True)
            yield Output(b"")
        if rest:
            self._unfinished.append(rest)

    def closed(self) -> None:
        self._server.closed()
