"""The streams under channels: sockets, and pairs of descriptors such as stdin and stdout."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from array import array
from collections.abc import Callable
from typing import cast

from hmp.errors import HmpError
from hmp.machine import system_calls
from hmp.serve import READ_BYTES
from hmp.serve.channel import Channel, Stream
from hmp.serve.event_loop import DescriptorWriter

ACCEPT_RETRY_S = 0.1
MAX_DESCRIPTORS = 16
"""How many descriptors a client may send with a message, as in QEMU."""
DESCRIPTOR_BYTES = 4
SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Why the host can't accept a client now, but may later."""
OpenChannel = Callable[[Stream], Channel]


class RightsSocket(socket.socket):
    """A socket that keeps the descriptors that come with its data (SCM_RIGHTS, unix(7))."""

    received: list[int]

    def recv(self, size: int, flags: int = 0) -> bytes:
        room = socket.CMSG_SPACE(MAX_DESCRIPTORS * DESCRIPTOR_BYTES)
        data, messages, _flags, _address = self.recvmsg(size, room, flags | socket.MSG_CMSG_CLOEXEC)
        for level, kind, packed in messages:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                # Those of an earlier message are too late (docs/qemu-behaviour/chardevs.md).
                self.close_received()
                found = array("i")
                found.frombytes(packed[: len(packed) // DESCRIPTOR_BYTES * DESCRIPTOR_BYTES])
                self.received = list(found)
        return data

    def close_received(self) -> None:
        """Close what no command took."""
        for descriptor in self.received:
            system_calls.close(descriptor)
        self.received = []


class SocketConnection(asyncio.Protocol):
    """A client on a socket; `on_lost` is called when it is gone."""

    def __init__(
        self, open_channel: OpenChannel, on_lost: Callable[[SocketConnection], None]
    ) -> None:
        self._open_channel, self._on_lost = open_channel, on_lost
        self._transport: asyncio.Transport | None = None
        self.channel: Channel | None = None
        self.rights: RightsSocket | None = None
        self._is_reading = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.begin()

    def begin(self) -> None:
        """Open the channel."""
        self.channel = self._open_channel(self)

    def data_received(self, data: bytes) -> None:
        if self.channel:
            self.channel.receive(data)

    def eof_received(self) -> bool:
        if self.channel:
            self.channel.end_of_input()
        return True  # The channel closes the connection once everything is answered.

    def pause_writing(self) -> None:
        if self.channel:
            self.channel.block(True)

    def resume_writing(self) -> None:
        if self.channel:
            self.channel.block(False)

    def connection_lost(self, exc: Exception | None) -> None:
        # A transport that has closed can't be aborted any more.
        self._transport = None
        if self.rights:
            self.rights.close_received()
        if self.channel:
            self.channel.lost()
        self._on_lost(self)

    def write(self, data: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)

    def end(self) -> None:
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        if self._transport:
            self._transport.abort()

    def take_descriptor(self) -> int | None:
        if not (self.rights and self.rights.received):
            return None
        found = self.rights.received.pop(0)
        # A message is good for one, as in QEMU.
        self.rights.close_received()
        return found

    def set_reading(self, reading: bool) -> None:
        if self._transport and reading != self._is_reading and not self._transport.is_closing():
            self._is_reading = reading
            if reading:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()


_starting: set[asyncio.Task[object]] = set()
"""The event loop itself holds tasks only weakly."""


def start_connection(
    loop: asyncio.AbstractEventLoop, connection: SocketConnection, client: socket.socket
) -> None:
    """Serve a connected client."""
    if client.family == socket.AF_UNIX:
        client = connection.rights = RightsSocket(fileno=client.detach())
        client.received = []
    client.setblocking(False)
    task = loop.create_task(loop.connect_accepted_socket(lambda: connection, client))
    _starting.add(cast("asyncio.Task[object]", task))
    task.add_done_callback(_started)


def _started(task: asyncio.Task[object]) -> None:
    _starting.discard(task)
    # Else asyncio reports an exception that was never retrieved.
    task.exception()


class Listener:
    """Serves one client after the other on a listening socket; `on_client` is called with each, and
    with None when it is gone.

    As in QEMU, the next client waits in the kernel's queue (docs/qemu-behaviour/qmp.md §A1).
    """

    def __init__(
        self,
        listening: socket.socket,
        open_channel: OpenChannel,
        on_client: Callable[[socket.socket | None], None] = lambda client: None,
        connection_type: type[SocketConnection] = SocketConnection,
    ) -> None:
        self._socket, self._open_channel, self._on_client = listening, open_channel, on_client
        self._connection_type = connection_type
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        self.connection: SocketConnection | None = None

    def start(self, first: socket.socket | None = None) -> None:
        """Serve `first`, a client that is connected already, or wait for one."""
        if first:
            self._start_connection(first)
        else:
            self._wait_for_client()

    def _wait_for_client(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        try:
            client, _address = self._socket.accept()
        except OSError as error:
            if error.errno in SHORTAGES:
                # The client waits, and its readiness would be reported again at once.
                self._loop.remove_reader(self._socket)
                self._retry = self._loop.call_later(ACCEPT_RETRY_S, self._wait_for_client)
            # Else the client is gone again.
            return
        self._loop.remove_reader(self._socket)
        self._start_connection(client)

    def _start_connection(self, client: socket.socket) -> None:
        self._on_client(client)
        self.connection = self._connection_type(self._open_channel, self._on_disconnect)
        start_connection(self._loop, self.connection, client)

    def _on_disconnect(self, connection: SocketConnection) -> None:
        self.connection = None
        self._on_client(None)
        # The server may have closed the listening socket first.
        self._wait_for_client()

    def stop(self) -> SocketConnection | None:
        """Accept no more clients; return the present one, whose last outputs are being sent."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
        if self._retry:
            self._retry.cancel()
        return close_channel(self.connection)


def close_channel(connection: SocketConnection | None) -> SocketConnection | None:
    """Close a connection once its last outputs are sent, and return it."""
    if connection and connection.channel:
        connection.channel.close()
    elif connection:
        connection.end()
    return connection


class Connector:
    """A connection to a server: made anew, `seconds` after it ended, until `stop`.

    `connect` returns a connected socket or raises HmpError, the first of which `report` gets.
    """

    def __init__(
        self,
        connect: Callable[[], socket.socket],
        open_channel: OpenChannel,
        on_client: Callable[[socket.socket | None], None],
        report: Callable[[HmpError], None],
        seconds: float,
    ) -> None:
        self._connect, self._open_channel, self._on_client = connect, open_channel, on_client
        self._report, self._seconds = report, seconds
        self._loop = asyncio.get_running_loop()
        self._retry: asyncio.TimerHandle | None = None
        self._reported = self._stopped = False
        self.connection: SocketConnection | None = None

    def start(self, first: socket.socket | None = None) -> None:
        """Serve `first`, which is connected already, or connect."""
        if first:
            self._start_connection(first)
        elif self._seconds:
            attempt = self._loop.run_in_executor(None, self._connect)
            attempt.add_done_callback(self._on_attempt)

    def _on_attempt(self, attempt: asyncio.Future[socket.socket]) -> None:
        error = attempt.exception()
        if error is None and not self._stopped:
            self._reported = False
            self._start_connection(attempt.result())
        elif error is None:
            attempt.result().close()
        else:
            if isinstance(error, HmpError) and not self._reported:
                self._reported = True
                self._report(error)
            self._try_later()

    def _start_connection(self, client: socket.socket) -> None:
        self._on_client(client)
        self.connection = SocketConnection(self._open_channel, self._on_disconnect)
        start_connection(self._loop, self.connection, client)

    def _on_disconnect(self, connection: SocketConnection) -> None:
        self.connection = None
        self._on_client(None)
        self._try_later()

    def _try_later(self) -> None:
        if self._seconds and not self._stopped:
            self._retry = self._loop.call_later(self._seconds, self.start)

    def stop(self) -> SocketConnection | None:
        """Connect no more; return the present connection, whose last outputs are being sent."""
        self._stopped = True
        if self._retry:
            self._retry.cancel()
        return close_channel(self.connection)


class DescriptorConnection:
    """A client on stdin and stdout, or on a pseudo terminal.

    A pseudo terminal that nobody reads is full at some time, and what it does not take is lost.
    """

    def __init__(
        self, input_fd: int, output: DescriptorWriter, open_channel: OpenChannel, is_lossy: bool
    ) -> None:
        self._input_fd, self._output, self._is_lossy = input_fd, output, is_lossy
        self._loop = asyncio.get_running_loop()
        self._is_watching = self._is_reading = False
        self._ended = False
        self.channel = open_channel(self)
        if not is_lossy:
            output.on_blocked = self.channel.block
        self.set_reading(True)

    def set_reading(self, reading: bool) -> None:
        if self._ended:
            return
        self._is_reading = reading
        if reading and not self._is_watching:
            self._watch()
        elif not reading and self._is_watching:
            self._loop.remove_reader(self._input_fd)
            self._is_watching = False

    def _watch(self) -> None:
        try:
            self._loop.add_reader(self._input_fd, self._read)
            self._is_watching = True
        except PermissionError:  # A regular file is always ready, and can't be watched.
            self._loop.call_soon(self._read_file)

    def _read_file(self) -> None:
        # `set_reading` may have scheduled several calls, of which one reads.
        if self._is_reading and not self._ended:
            self._is_reading = False
            self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._input_fd, READ_BYTES)
        except OSError:
            data = b""
        if data:
            self.channel.receive(data)
        else:
            self.end()

    def write(self, data: bytes) -> None:
        self._output.write(data)
        if self._is_lossy:
            self._output.close()

    def end(self) -> None:
        """Read no more; the machine keeps running (docs/qemu-behaviour/qmp.md §A1)."""
        self._ended = True
        if self._is_watching:
            self._loop.remove_reader(self._input_fd)
            self._is_watching = False

    abort = end

    def take_descriptor(self) -> int | None:
        """Return None: these bring no descriptors."""
        return None
