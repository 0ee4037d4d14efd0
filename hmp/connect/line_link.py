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

from hmp.connect.line_answers import answer_in_lines
from hmp.connect.link import (
    CLOSED,
    LOOPBACK,
    QUERY_TIMEOUT_S,
    Answer,
    LinkError,
    QmpEvent,
    RefusedError,
    Request,
)
from hmp.connect.target import Target

PROMPT = b"\r\n(qemu) "
VERSION = re.compile(r"QEMU ([\d.]+)")
# Commands of telnet (RFC 854): IAC and two bytes, or IAC twice for the byte itself.
IAC = b"\xff"
TELNET_COMMAND = re.compile(rb"\xff(?:\xff|[\xfb-\xfe].|[\xf0-\xfa])", re.S)
EDITING_KEYS = re.compile(r"[\x00-\x1f\x7f]")
READ_BYTES = 1 << 16

Job = tuple[Sequence[Request], Future[list[Answer]]]


class LineLink:
    """A link through a human monitor; it tells no events but the end, with `on_event(None)`.

    Raises LinkError when there is no human monitor.
    """

    def __init__(self, target: Target, on_event: Callable[[QmpEvent | None], None]) -> None:
        self.target, self.version, self.lost, self.process = target, "", "", 0
        self.is_local = bool(target.path) or target.host in LOOPBACK
        self._on_event = on_event
        self._jobs: SimpleQueue[Job] = SimpleQueue()
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
        data = b""
        while not data.endswith(PROMPT):
            part = source.recv(READ_BYTES)
            if not part:
                raise ConnectionResetError
            data += part
            if self.target.kind == "telnet" and IAC in data:
                data = TELNET_COMMAND.sub(_plain_byte, data)
        return data.removesuffix(PROMPT).decode("utf-8", "replace")

    def _work(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            requests, future = self._jobs.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result([self._answer(request) for request in requests])
            except LinkError as error:
                future.set_exception(error)

    def _answer(self, request: Request) -> Answer:
        try:
            return answer_in_lines(request, self._run)
        except RefusedError as error:
            return error

    def _run(self, line: str) -> str:
        """Run one line; return its reply with LF as line ends."""
        if self.lost:
            raise LinkError(self.lost)
        if EDITING_KEYS.search(line):
            raise RefusedError("GenericError", "the line has a control character, which edits")
        try:
            self._socket.sendall(_escaped(self.target, line.encode()) + b"\n")
            _echo, _end, reply = f"{self._read_reply(self._socket)}\r\n".partition("\r\n")
        except OSError:
            self._socket.close()
            self.lost = CLOSED
            self._on_event(None)
            raise LinkError(CLOSED) from None
        return reply.replace("\r\n", "\n")

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


def _plain_byte(found: re.Match[bytes]) -> bytes:
    return IAC if found[0] == IAC + IAC else b""


def _escaped(target: Target, data: bytes) -> bytes:
    return data.replace(IAC, IAC + IAC) if target.kind == "telnet" else data
