"""A link through a human monitor alone, on a socket: a line is sent, and its reply ends where the
prompt comes again.

QEMU echoes every key with escape sequences, up to the line's end; that is dropped. No key is ever
sent that would complete or edit.
"""

from __future__ import annotations

import re
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue

from hmp.connect.links.line_answers import answer_from, line_for, no_answer_to
from hmp.connect.links.link import (
    CLOSED,
    LOOPBACK,
    QUERY_TIMEOUT_S,
    Answer,
    LinkError,
    QmpEvent,
    RefusedError,
    Request,
)
from hmp.connect.links.target import Target

PROMPT = b"\r\n(qemu) "
VERSION = re.compile(r"QEMU ([\d.]+)")
# Commands of telnet (RFC 854): IAC and two bytes, or IAC twice for the byte itself.
IAC = b"\xff"
TELNET_COMMAND = re.compile(rb"\xff(?:\xff|[\xfb-\xfe].|[\xf0-\xfa])", re.S)
EDITING_KEYS = re.compile(r"[\x00-\x1f\x7f]")
READ_BYTES = 1 << 16
# So many lines fit into the buffers of any socket, also while their echo waits.
BURST = 64

Job = tuple[Sequence[Request], Future[list[Answer]]]


class LineLink:
    """A link through a human monitor; it tells no events but the end, with `on_event(None)`.

    Raises LinkError when there is no human monitor.
    """

    has_qmp = False

    def __init__(self, target: Target, on_event: Callable[[QmpEvent | None], None]) -> None:
        self.target, self.version, self.lost, self.process = target, "", "", 0
        self.is_local = bool(target.path) or target.host in LOOPBACK
        self._on_event = on_event
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._received = b""
        self._socket = self._open()
        threading.Thread(target=self._work, name="monitor", daemon=True).start()

    def _open(self) -> socket.socket:
        """Return a connection that has greeted."""
        try:
            if self.target.path:
                found = socket.socket(socket.AF_UNIX)
                found.settimeout(QUERY_TIMEOUT_S)
                found.connect(self.target.path)
            else:
                where = self.target.host, self.target.port
                found = socket.create_connection(where, QUERY_TIMEOUT_S)
        except OSError as error:
            raise LinkError(error.strerror or str(error)) from None
        try:
            greeting = self._read_reply(found)
        except TimeoutError:
            found.close()
            raise LinkError(
                f"no prompt in {QUERY_TIMEOUT_S:g} s: another client has this monitor, it is no "
                "human monitor, or QEMU is busy or stopped"
            ) from None
        except OSError as error:
            raise LinkError(error.strerror or CLOSED) from None
        version = VERSION.search(greeting)
        if version is None:
            found.close()
            raise LinkError("this is no human monitor of QEMU")
        self.version, self.lost = version[1], ""
        # What a user asks for may take any time.
        found.settimeout(None)
        return found

    def _read_reply(self, source: socket.socket) -> str:
        """Return what comes up to the next prompt."""
        while PROMPT not in self._received:
            part = source.recv(READ_BYTES)
            if not part:
                raise ConnectionResetError
            self._received += part
            if self.target.kind == "telnet" and IAC in part:
                self._received = TELNET_COMMAND.sub(_plain_byte, self._received)
        reply, _prompt, self._received = self._received.partition(PROMPT)
        return reply.decode("utf-8", "replace")

    def _work(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            requests, future = self._jobs.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._answer_all(requests))
            except LinkError as error:
                future.set_exception(error)

    def _answer_all(self, requests: Sequence[Request]) -> list[Answer]:
        answers: list[Answer] = []
        for start in range(0, len(requests), BURST):
            answers += self._answer(requests[start : start + BURST])
        return answers

    def _answer(self, requests: Sequence[Request]) -> list[Answer]:
        """Send a line for each request that has one, then read the replies in order."""
        refused = [_refusal(request) for request in requests]
        lines = [line_for(each) for each, no in zip(requests, refused, strict=True) if not no]
        replies = iter(self._run(lines))
        return [
            no or answer_from(request, next(replies))
            for request, no in zip(requests, refused, strict=True)
        ]

    def _run(self, lines: list[str]) -> list[str]:
        """Run lines; return their replies with LF as line ends."""
        if self.lost:
            raise LinkError(self.lost)
        data = b"".join(_escaped(self.target, line.encode()) + b"\n" for line in lines)
        try:
            self._socket.sendall(data)
            received = [f"{self._read_reply(self._socket)}\r\n" for _line in lines]
        except OSError:
            self._socket.close()
            self.lost, self._received = CLOSED, b""
            self._on_event(None)
            raise LinkError(CLOSED) from None
        # What comes before the first line end is the echo.
        return [text.partition("\r\n")[2].replace("\r\n", "\n") for text in received]

    def submit(self, requests: Sequence[Request]) -> Future[list[Answer]]:
        future: Future[list[Answer]] = Future()
        self._jobs.put((requests, future))
        return future

    def reconnect(self) -> None:
        self.process = 0
        self._socket = self._open()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


def _refusal(request: Request) -> RefusedError | None:
    line = line_for(request)
    if EDITING_KEYS.search(line):
        return RefusedError("GenericError", "the line has a control character, which edits")
    is_typed = request.command == "human-monitor-command"
    return None if line or is_typed else no_answer_to(request)


def _plain_byte(found: re.Match[bytes]) -> bytes:
    return IAC if found[0] == IAC + IAC else b""


def _escaped(target: Target, data: bytes) -> bytes:
    return data.replace(IAC, IAC + IAC) if target.kind == "telnet" else data
