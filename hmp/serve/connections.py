"""The streams under channels: sockets, and pairs of descriptors such as stdin and stdout."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import cast

from hmp.serve import READ_BYTES
from hmp.serve.channel import Channel, Stream
from hmp.serve.event_loop import DescriptorWriter

ACCEPT_RETRY_S = 0.1
SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Why the host can't accept a client now, but may later."""
OpenChannel = Callable[[Stream], Channel]


class SocketConnection(asyncio.Protocol):
    """A client on a socket; `on_lost` is called when it is gone."""

    def __init__(
        self, open_channel: OpenChannel, on_lost: Callable[[SocketConnection], None]
    ) -> None:
        self._open_channel, self._on_lost = open_channel, on_lost
        self._transport: asyncio.Transport | None = None
        self.channel: Channel | None = None
        self._is_reading = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
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
    client.setblocking(False)
    task = loop.create_task(loop.connect_accepted_socket(lambda: connection, client))
    _starting.add(cast("asyncio.Task[object]", task))
    task.add_done_callback(_started)


def _started(task: asyncio.Task[object]) -> None:
    _starting.discard(task)
    # Else asyncio reports an exception that was never retrieved.
    task.exception()


class Listener:
    """Serves one client after the other on a listening socket.

    As in QEMU, the next client waits in the kernel's queue (docs/qemu-behaviour/qmp.md §A1).
    """

    def __init__(self, listening: socket.socket, open_channel: OpenChannel) -> None:
        self._socket, self._open_channel = listening, open_channel
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
        self.connection = SocketConnection(self._open_channel, self._on_disconnect)
        start_connection(self._loop, self.connection, client)

    def _on_disconnect(self, connection: SocketConnection) -> None:
        self.connection = None
        # The server may have closed the listening socket first.
        self._wait_for_client()

    def stop(self) -> SocketConnection | None:
        """Accept no more clients; return the present one, whose last outputs are being sent."""
        self._loop.remove_reader(self._socket)
        if self._retry:
            self._retry.cancel()
        connection = self.connection
        if connection and connection.channel:
            connection.channel.close()
        return connection


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
