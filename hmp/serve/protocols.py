"""What is said on a connection, QMP or HMP, without the connection: octets in, octets out.

A talk lasts as long as its client; what stays longer, an HMP monitor's history, belongs to its
host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from hmp.machine.machine import Machine
from hmp.monitor import BANNER, PROMPT, Monitor, ignore
from hmp.qmp.message import encoded, greeting
from hmp.qmp.session import Session
from hmp.serve.line_editor import LINE_END, LineEditor, LineHistory
from hmp.serve.readline_completion import complete
from hmp.serve.telnet import GREETING, TelnetFilter


class Piece(NamedTuple):
    """Octets to send after `delay` seconds; with `drop` the connection ends in place of them."""

    octets: bytes
    delay: float = 0.0
    drop: bool = False


Send = Callable[[bytes], None]


class MonitorProtocol(Protocol):
    """A conversation with one client."""

    def greet(self) -> bytes:
        """What is said first."""

    def feed(self, octets: str) -> Iterator[Piece]:
        """What is answered to octets, each answer worked out when it is asked for."""

    def leave(self) -> None:
        """The client is gone."""


class QmpProtocol:
    """QMP with one client; events go out through `send` as they happen."""

    def __init__(
        self,
        machine: Machine,
        send: Send,
        pretty: bool = False,
        to_stdout: Callable[[str], None] = ignore,
        to_stderr: Callable[..., None] = ignore,
    ) -> None:
        self._machine, self._pretty = machine, pretty
        self._session = Session(
            machine, lambda message: send(encoded(message, pretty)), to_stdout, to_stderr
        )

    def greet(self) -> bytes:
        self._machine.events.listeners.append(self._session.hear)
        return encoded(greeting(), self._pretty)

    def feed(self, octets: str) -> Iterator[Piece]:
        for answer in self._session.feed(octets):
            yield Piece(encoded(answer.message, self._pretty), answer.delay, answer.drop)

    def leave(self) -> None:
        if self._session.hear in self._machine.events.listeners:
            self._machine.events.listeners.remove(self._session.hear)


class HmpProtocol:
    """HMP with one client, on a monitor and a history that outlive it."""

    def __init__(self, monitor: Monitor, history: LineHistory, telnet: bool = False) -> None:
        self._monitor = monitor
        self._telnet = TelnetFilter() if telnet else None
        self._editor = LineEditor(PROMPT, history, self._complete)

    def greet(self) -> bytes:
        return (GREETING if self._telnet else b"") + f"{BANNER}{LINE_END}{PROMPT}".encode()

    def feed(self, octets: str) -> Iterator[Piece]:
        out: list[str] = []
        for octet in self._telnet.feed(octets) if self._telnet else octets:
            echo, line = self._editor.press(octet)
            out.append(echo)
            if line is None:
                continue
            out.append(self._run(line))
            yield Piece("".join(out).encode("latin-1"))
            out.clear()
            if self._monitor.has_ended:
                return
        if out:
            yield Piece("".join(out).encode("latin-1"))

    def _run(self, line: str) -> str:
        text = self._monitor.run_line(line).text.replace("\n", LINE_END)
        return text if self._monitor.has_ended else text + PROMPT

    def _complete(self, text: str) -> tuple[int, list[str]]:
        start, candidates = complete(self._monitor.context, text)
        return start, [candidate.word for candidate in candidates]

    def leave(self) -> None:
        """Nothing of the client stays but the history, which is the monitor's."""
