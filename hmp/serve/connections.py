"""Streams of the event loop under channels: sockets, and the process's own stdin and stdout.

What is said is not known here.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from hmp.serve import READ_BYTES
from hmp.serve.channel import Channel, Stream

OpenChannel = Callable[[Stream], Channel]


class SocketConnection(asyncio.Protocol):
    """A client on a socket; `on_lost` is called when it is gone."""

    def __init__(
        self, open_channel: OpenChannel, on_lost: Callable[[SocketConnection], None]
    ) -> None:
        self._open_channel, self._on_lost = open_channel, on_lost
        self._transport: asyncio.Transport | None = None
        self.channel: Channel | None = None
        self._reads = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.channel = self._open_channel(self)

    def data_received(self, data: bytes) -> None:
        if self.channel:
            self.channel.receive(data)

    def eof_received(self) -> bool:
        if self.channel:
            self.channel.end_of_input()
        return True

    def pause_writing(self) -> None:
        if self.channel:
            self.channel.block(True)

    def resume_writing(self) -> None:
        if self.channel:
            self.channel.block(False)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.channel:
            self.channel.lost()
        self._on_lost(self)

    def write(self, data: bytes) -> None:
        """Send octets."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)

    def end(self) -> None:
        """Close when everything is sent."""
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport:
            self._transport.abort()

    def set_reading(self, wanted: bool) -> None:
        """Read, or let the client wait."""
        if self._transport and wanted != self._reads and not self._transport.is_closing():
            self._reads = wanted
            if wanted:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()


class Listener:
    """Serves one client after the other on a listening socket: the next one waits in the kernel."""

    def __init__(self, listening: socket.socket, open_channel: OpenChannel) -> None:
        self._socket, self._open_channel = listening, open_channel
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[object]] = set()
        self.connection: SocketConnection | None = None

    def start(self, first: socket.socket | None = None) -> None:
        """Take clients, beginning with one that is here already."""
        if first:
            self._start_connection(first)
        else:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        try:
            client, _address = self._socket.accept()
        except OSError:
            return
        self._loop.remove_reader(self._socket)
        self._start_connection(client)

    def _start_connection(self, client: socket.socket) -> None:
        client.setblocking(False)
        self.connection = SocketConnection(self._open_channel, self._on_disconnect)
        connection = self.connection
        task = self._loop.create_task(
            self._loop.connect_accepted_socket(lambda: connection, client)
        )
        self._tasks.add(cast("asyncio.Task[object]", task))
        task.add_done_callback(self._tasks.discard)

    def _on_disconnect(self, connection: SocketConnection) -> None:
        self.connection = None
        if self._socket.fileno() >= 0:
            self._loop.add_reader(self._socket, self._accept)

    def stop(self) -> SocketConnection | None:
        """Take no more clients; the present one, which may still have answers to get."""
        self._loop.remove_reader(self._socket)
        connection = self.connection
        if connection and connection.channel:
            connection.channel.close()
        return connection


class DescriptorConnection:
    """A client on two descriptors, such as stdin and stdout or a pseudo terminal; output blocks."""

    def __init__(self, reads: int, writes: int, open_channel: OpenChannel) -> None:
        self._reads, self._writes = reads, writes
        self._loop = asyncio.get_running_loop()
        self._watched = self._wanted = False
        self._ended = False
        self.channel = open_channel(self)
        self.set_reading(True)

    def set_reading(self, wanted: bool) -> None:
        """Read, or let the input wait."""
        if self._ended:
            return
        self._wanted = wanted
        if wanted and not self._watched:
            self._watch()
        elif not wanted and self._watched:
            self._loop.remove_reader(self._reads)
            self._watched = False

    def _watch(self) -> None:
        try:
            self._loop.add_reader(self._reads, self._read)
            self._watched = True
        except PermissionError:  # A regular file is always ready, and can't be watched.
            self._loop.call_soon(self._read_file)

    def _read_file(self) -> None:
        if self._wanted and not self._ended:
            self._wanted = False
            self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._reads, READ_BYTES)
        except OSError:
            data = b""
        if data:
            self.channel.receive(data)
        else:
            self._stop()

    def _stop(self) -> None:
        """At the end of input the machine goes on (docs/qemu-behaviour/qmp.md §A1)."""
        self._ended = True
        if self._watched:
            self._loop.remove_reader(self._reads)
            self._watched = False

    def write(self, data: bytes) -> None:
        """Write octets."""
        with suppress(OSError):
            while data:
                data = data[os.write(self._writes, data) :]

    def end(self) -> None:
        """Read no more."""
        self._stop()

    abort = end
