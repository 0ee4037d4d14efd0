"""One machine and its monitors in an event loop: who may speak, whose turn it is, and what the
clock brings.

Any number of hosts share a loop; the process around them is not known here.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

from hmp.cmdline.chardev import FILE, PTY, SOCKET, STDIO
from hmp.cmdline.errors import option_context
from hmp.cmdline.monitors import QMP, MonitorRequest
from hmp.errors import FileOpenError
from hmp.machine.machine import Machine
from hmp.monitor import BANNER, PROMPT, Monitor, ignore
from hmp.serve.channel import Channel, Stream
from hmp.serve.connections import DescriptorConnection, Listener, OpenChannel, SocketConnection
from hmp.serve.driver import MachineDriver
from hmp.serve.line_editor import LineHistory
from hmp.serve.protocols import HmpProtocol, MonitorProtocol, QmpProtocol
from hmp.serve.sockets import ListeningSocket, connect

CLOSE_TIMEOUT_S = 1.0
Place = tuple[MonitorRequest, ListeningSocket | None, socket.socket | None, tuple[int, int] | None]


class MachineServer:
    """Serves a machine; `ended` is set when the machine is over."""

    def __init__(
        self,
        machine: Machine,
        to_stdout: Callable[[str], None] = ignore,
        to_stderr: Callable[..., None] = ignore,
    ) -> None:
        self.machine, self._to_stdout, self._to_stderr = machine, to_stdout, to_stderr
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._closing: asyncio.Task[None] | None = None
        self._places: list[Place] = []
        self._listeners: list[Listener] = []
        self._connections: set[SocketConnection] = set()
        self._driver = MachineDriver(machine)
        machine.run_state.on_end = self._on_machine_end

    def _on_machine_end(self) -> None:
        """The command that ended the machine still has its reply to get."""
        self._loop.call_soon(self.ended.set)

    def open(self, request: MonitorRequest) -> None:
        """Open the place of a monitor; StartupError, located at its option, when the host refuses.

        A listening socket that shall wait for its first client waits here.
        """
        with option_context(request.location):
            self._places.append(self._opened(request))

    def _opened(self, request: MonitorRequest) -> Place:
        chardev = request.chardev
        if chardev.kind == SOCKET and chardev.server:
            listening = ListeningSocket(chardev)
            first = self._wait_for_first(request, listening) if chardev.wait else None
            return request, listening, first, None
        if chardev.kind == SOCKET:
            return request, None, connect(chardev), None
        if chardev.kind == PTY:
            return request, None, None, self._open_terminal(request)
        if chardev.kind == FILE:
            _greet_file(chardev.path)
        return request, None, None, (0, 1) if chardev.kind == STDIO else None

    def _wait_for_first(self, request: MonitorRequest, listening: ListeningSocket) -> socket.socket:
        prefix = f"{request.location}: " if request.location else ""
        self._to_stderr(
            f"{prefix}info: QEMU waiting for connection on: disconnected:{request.chardev.address}"
        )
        return listening.accept_first()

    def _open_terminal(self, request: MonitorRequest) -> tuple[int, int]:
        """A pseudo terminal whose other side anybody may open; it stays open here, so that nobody
        ends it.
        """
        import tty

        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._to_stdout(f"char device redirected to {os.ttyname(theirs)} (label {request.label})\n")
        return ours, ours

    def start(self) -> None:
        """Serve every place that was opened."""
        for request, listening, client, descriptors in self._places:
            open_channel = self._channel_factory(request)
            if listening:
                listener = Listener(listening.socket, open_channel)
                listener.start(client)
                self._listeners.append(listener)
            elif client:
                self._serve_client(client, open_channel)
            elif descriptors:
                DescriptorConnection(*descriptors, open_channel)

    def _serve_client(self, client: socket.socket, open_channel: OpenChannel) -> None:
        connection = SocketConnection(open_channel, self._connections.discard)
        self._connections.add(connection)
        client.setblocking(False)
        task = self._loop.create_task(
            self._loop.connect_accepted_socket(lambda: connection, client)
        )
        task.add_done_callback(lambda done: done.exception())

    def _channel_factory(self, request: MonitorRequest) -> OpenChannel:
        """How a client of a monitor gets its channel."""
        monitor = Monitor(self.machine, self._to_stdout, self._to_stderr)
        history = LineHistory(lambda: monitor.context.history)

        def open_channel(stream: Stream) -> Channel:
            talk: MonitorProtocol
            if request.kind == QMP:
                talk = QmpProtocol(
                    self.machine, stream.write, request.pretty, self._to_stdout, self._to_stderr
                )
            else:
                talk = HmpProtocol(monitor, history, request.chardev.telnet)
            return Channel(talk, stream, self.run_guest)

        return open_channel

    def clock(self) -> float:
        """The clock of the machine, in seconds."""
        return self._driver.now()

    def run_guest(self) -> bool:
        """Let the guest answer; whether the machine is over."""
        return self._driver.run_guest()

    async def close(self) -> None:
        """Send what is still to be sent, for a moment, and close everything, once; socket files are
        removed.
        """
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())
        await asyncio.shield(self._closing)

    async def close_when_ended(self) -> None:
        """Wait until the machine is over, and close: nobody can connect to it any more."""
        await self.ended.wait()
        await self.close()

    async def _close(self) -> None:
        self._driver.end()
        open_ones = [connection for listener in self._listeners if (connection := listener.stop())]
        for connection in self._connections:
            if connection.channel:
                connection.channel.close()
        for _request, listening, _client, _descriptors in self._places:
            if listening:
                listening.close()
        end = self._loop.time() + CLOSE_TIMEOUT_S
        while any(listener.connection for listener in self._listeners) or self._connections:
            if self._loop.time() > end:
                break
            await asyncio.sleep(0.001)
        for connection in (*open_ones, *self._connections):
            connection.abort()


def _greet_file(path: str) -> None:
    """A monitor whose output goes to a file shows its greeting there and never hears anything."""
    try:
        with open(path.encode("latin-1"), "wb") as output:
            output.write(f"{BANNER}\r\n{PROMPT}".encode())
    except OSError as error:
        raise FileOpenError(path, error.errno or 0) from None
