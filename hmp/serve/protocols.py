"""What is sent on a connection, QMP or HMP, without the connection: bytes in, bytes out.

A protocol lasts as long as its client. The monitor and the history of an HMP socket outlive it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, cast

from hmp.machine.chardevs.monitors import QmpMonitor
from hmp.machine.machine import Machine
from hmp.monitor import BANNER, PROMPT, Monitor, ignore
from hmp.qmp.messages import Message, encode, encode_in_parts, greeting
from hmp.qmp.session import Answer, Session
from hmp.serve.readline.completion import complete
from hmp.serve.readline.line_editor import LINE_END, LineEditor, LineHistory
from hmp.serve.telnet import (
    NEGOTIATION,
    SHORT_COMMANDS,
    TN3270_NEGOTIATION,
    TN3270_SHORT_COMMANDS,
    TelnetFilter,
)

PARTIAL_BYTES = 1 << 16


class Output(NamedTuple):
    """Data to send after `delay` seconds; with `drop` the connection is dropped instead.

    `is_partial`: the command still runs, and its reply is not complete.
    """

    data: bytes
    delay: float = 0.0
    drop: bool = False
    is_partial: bool = False


class MonitorProtocol(Protocol):
    """A monitor's side of one connection."""

    def greeting(self) -> bytes:
        """Return what is sent first."""

    def feed(self, data: str) -> Iterator[Output]:
        """Yield the outputs for input (bytes, held in a Latin-1 str).

        A command runs only when its output is asked for.
        """

    def closed(self) -> None:
        """Take note that the connection is closed."""


class QmpProtocol:
    """QMP with one client; events are sent through `send` as they happen, but for those that would
    come inside a message that is sent in parts: they follow it.
    """

    def __init__(
        self,
        machine: Machine,
        send: Callable[[bytes], None],
        pretty: bool = False,
        to_stdout: Callable[[str], None] = ignore,
        to_stderr: Callable[..., None] = ignore,
        monitor: QmpMonitor | None = None,
    ) -> None:
        self._machine, self._send, self._pretty, self._monitor = machine, send, pretty, monitor
        self._session = Session(machine, self._send_event, to_stdout, to_stderr)
        self._is_sending_parts = False
        self._events: list[bytes] = []

    @property
    def human(self) -> Monitor:
        """The monitor of human-monitor-command."""
        return self._session.context.human

    def greeting(self) -> bytes:
        # The session drops events until the client has negotiated.
        self._machine.events.listeners.append(self._session.on_event)
        return encode(greeting(), self._pretty)

    def feed(self, data: str) -> Iterator[Output]:
        answers = self._session.feed(data)
        while (answer := self._next(answers)) != ():
            if answer is None:
                yield Output(b"", is_partial=True)
            else:
                yield from self._outputs(cast(Answer, answer))

    def _next(self, answers: Iterator[Answer | None]) -> Answer | tuple[()] | None:
        """Return the next answer, or () after the last; meanwhile the monitor can't be deleted."""
        if self._monitor:
            self._monitor.is_running = True
        try:
            return next(answers, ())
        finally:
            if self._monitor:
                self._monitor.is_running = False

    def _outputs(self, answer: Answer) -> Iterator[Output]:
        """Yield a message, in parts if it is long."""
        pending, delay = bytearray(), answer.delay
        for part in encode_in_parts(answer.message, self._pretty):
            if len(pending) >= PARTIAL_BYTES:
                self._is_sending_parts = True
                yield Output(bytes(pending), delay, is_partial=True)
                pending.clear()
                delay = 0.0
            pending += part
        yield Output(bytes(pending), delay, answer.drop)
        if self._is_sending_parts:
            self._is_sending_parts = False
            self._send(b"".join(self._events))
            self._events.clear()

    def _send_event(self, message: Message) -> None:
        data = encode(message, self._pretty)
        if self._is_sending_parts:
            self._events.append(data)
        else:
            self._send(data)

    def closed(self) -> None:
        if self._session.on_event in self._machine.events.listeners:
            self._machine.events.listeners.remove(self._session.on_event)


class SinkProtocol:
    """A client of what takes no input, such as a serial line of a guest that does not read it."""

    def greeting(self) -> bytes:
        return b""

    def feed(self, data: str) -> Iterator[Output]:
        return iter(())

    def closed(self) -> None:
        pass


class TelnetProtocol:
    """Telnet around another protocol, for terminals of any kind or of kind 3270."""

    def __init__(self, inner: MonitorProtocol, is_tn3270: bool = False) -> None:
        self._inner = inner
        self._filter = TelnetFilter(TN3270_SHORT_COMMANDS if is_tn3270 else SHORT_COMMANDS)
        self._negotiation = TN3270_NEGOTIATION if is_tn3270 else NEGOTIATION

    def greeting(self) -> bytes:
        return self._negotiation + self._inner.greeting()

    def feed(self, data: str) -> Iterator[Output]:
        return self._inner.feed(self._filter.feed(data))

    def closed(self) -> None:
        self._inner.closed()


class HmpProtocol:
    """HMP with one client, on a monitor and a history that outlive it."""

    def __init__(self, monitor: Monitor, history: LineHistory) -> None:
        self._monitor, self._history = monitor, history
        self._editor = LineEditor(PROMPT, history, self._complete)

    def greeting(self) -> bytes:
        return f"{BANNER}{LINE_END}{PROMPT}".encode()

    def resume(self) -> bytes:
        """Return what the client sees when it comes back from elsewhere; its line is empty then."""
        self._editor = LineEditor(PROMPT, self._history, self._complete)
        return PROMPT.encode()

    def feed(self, data: str) -> Iterator[Output]:
        out: list[str] = []
        for byte in data:
            echo, line = self._editor.press(byte)
            out.append(echo)
            if line is None:
                continue
            for part in self._monitor.run_line(line):
                out.append(part.replace("\n", LINE_END))
                yield self._partial_output(out)
            out.append("" if self._monitor.has_ended else PROMPT)
            yield Output("".join(out).encode("latin-1"))
            out.clear()
            if self._monitor.has_ended:
                return
        if out:
            yield Output("".join(out).encode("latin-1"))

    def _partial_output(self, out: list[str]) -> Output:
        """Return what there is of a long reply; a short one is sent at once, with its prompt."""
        if sum(map(len, out)) < PARTIAL_BYTES:
            return Output(b"", is_partial=True)
        data = "".join(out).encode("latin-1")
        out.clear()
        return Output(data, is_partial=True)

    def _complete(self, text: str) -> tuple[int, list[str]]:
        start, candidates = complete(self._monitor.context, text)
        return start, [candidate.word for candidate in candidates]

    def closed(self) -> None:
        pass
