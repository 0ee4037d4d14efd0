"""The server of one machine: its monitors on sockets and terminals, in an event loop that several
servers may share.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import NamedTuple

from hmp.cmdline.chardev import FILE, PTY, SOCKET, STDIO
from hmp.cmdline.errors import option_context
from hmp.cmdline.monitors import QMP, MonitorRequest
from hmp.errors import FileOpenError
from hmp.machine.machine import Machine
from hmp.monitor import BANNER, PROMPT, Monitor, ignore
from hmp.serve.channel import Channel, Stream
from hmp.serve.connections import (
    DescriptorConnection,
    Listener,
    OpenChannel,
    SocketConnection,
    start_connection,
)
from hmp.serve.event_loop import DescriptorWriter, MachineDriver
from hmp.serve.line_editor import LineHistory
from hmp.serve.protocols import HmpProtocol, MonitorProtocol, QmpProtocol
from hmp.serve.signals import ending_at_once
from hmp.serve.sockets import ListeningSocket, connect
from hmp.serve.streams import STDIN

CLOSE_TIMEOUT_S = 1.0
"""How long the last replies may take to be sent before connections are aborted."""
CLOSE_POLL_S = 0.001


class OpenMonitor(NamedTuple):
    """A monitor whose place was opened: a listening socket, perhaps with its first client, a
    connected client, or our side of a pseudo terminal; none of them for a file and stdio.
    """

    request: MonitorRequest
    listening: ListeningSocket | None = None
    client: socket.socket | None = None
    terminal: int | None = None


class MachineServer:
    """Serves the monitors of a machine; `ended` is set when the machine has ended."""

    def __init__(
        self,
        machine: Machine,
        stdout: DescriptorWriter | None = None,
        to_stderr: Callable[..., None] = ignore,
    ) -> None:
        self.machine, self._stdout, self._to_stderr = machine, stdout, to_stderr
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._closing: asyncio.Task[None] | None = None
        self._monitors: list[OpenMonitor] = []
        self._listeners: list[Listener] = []
        self._connections: set[SocketConnection] = set()
        self._driver = MachineDriver(machine)
        machine.run_state.on_end = self._on_machine_end

    def _to_stdout(self, text: str) -> None:
        if self._stdout:
            self._stdout.write(text.encode("latin-1"))

    def _on_machine_end(self) -> None:
        # Later, since the reply to the command that ended the machine is still to be sent.
        self._loop.call_soon(self.ended.set)

    def open(self, request: MonitorRequest) -> None:
        """Open the place of a monitor, and wait for the first client where `wait=on` asks for it.

        Waiting blocks the event loop, as it blocks QEMU's start (docs/qemu-behaviour/qmp.md §A1).

        Raises:
            StartupError: The place can't be opened; the message begins with the option.
        """
        with option_context(request.location):
            self._monitors.append(self._open(request))

    def _open(self, request: MonitorRequest) -> OpenMonitor:
        chardev = request.chardev
        if chardev.kind == SOCKET and chardev.server:
            listening = ListeningSocket(chardev)
            first = self._wait_for_first(request, listening) if chardev.wait else None
            return OpenMonitor(request, listening, first)
        if chardev.kind == SOCKET:
            with ending_at_once():
                return OpenMonitor(request, client=connect(chardev))
        if chardev.kind == PTY:
            return OpenMonitor(request, terminal=self._open_terminal(request))
        if chardev.kind == FILE:
            with ending_at_once():
                _write_greeting(chardev.path)
        return OpenMonitor(request)

    def _wait_for_first(self, request: MonitorRequest, listening: ListeningSocket) -> socket.socket:
        prefix = f"{request.location}: " if request.location else ""
        self._to_stderr(
            f"{prefix}info: QEMU waiting for connection on: disconnected:{request.chardev.address}"
        )
        try:
            with ending_at_once():
                return listening.accept_first()
        except BaseException:
            listening.close()
            raise

    def _open_terminal(self, request: MonitorRequest) -> int:
        """Open a pseudo terminal and return the descriptor of our side.

        The other side stays open too: else the terminal would end with its first client.
        """
        import tty

        ours, theirs = os.openpty()
        # Raw, since the line editor echoes, not the driver. Not blocking, since a terminal
        # that nobody reads fills up, which must not stop the event loop.
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._to_stdout(f"char device redirected to {os.ttyname(theirs)} (label {request.label})\n")
        return ours

    def start(self) -> None:
        """Serve every monitor that was opened."""
        self._watch_for_migration()
        for monitor in self._monitors:
            open_channel = self._channel_factory(monitor.request)
            if monitor.listening:
                listener = Listener(monitor.listening.socket, open_channel)
                listener.start(monitor.client)
                self._listeners.append(listener)
            elif monitor.client:
                self._serve_client(monitor.client, open_channel)
            elif monitor.terminal is not None:
                writer = DescriptorWriter(monitor.terminal)
                DescriptorConnection(monitor.terminal, writer, open_channel, is_lossy=True)
            elif monitor.request.chardev.kind == STDIO and self._stdout:
                DescriptorConnection(STDIN, self._stdout, open_channel, is_lossy=False)

    def _serve_client(self, client: socket.socket, open_channel: OpenChannel) -> None:
        connection = SocketConnection(open_channel, self._connections.discard)
        self._connections.add(connection)
        start_connection(self._loop, connection, client)

    def _channel_factory(self, request: MonitorRequest) -> OpenChannel:
        """Return the function that makes the channel of each client of a monitor."""
        # One for all clients: the history survives reconnecting (docs/qemu-behaviour/qmp.md §A9).
        monitor = Monitor(self.machine, self._to_stdout, self._to_stderr)
        history = LineHistory(lambda: monitor.context.history)

        def open_channel(stream: Stream) -> Channel:
            protocol: MonitorProtocol
            if request.kind == QMP:
                protocol = QmpProtocol(
                    self.machine, stream.write, request.pretty, self._to_stdout, self._to_stderr
                )
            else:
                protocol = HmpProtocol(monitor, history, request.chardev.telnet)
            return Channel(protocol, stream, self.run_guest)

        return open_channel

    def clock(self) -> float:
        """Return the clock of the event loop, in seconds."""
        return self._loop.time()

    def run_guest(self) -> bool:
        """Run what is due and the guest; return whether the machine has ended."""
        self._watch_for_migration()
        return self._driver.run_guest()

    def _watch_for_migration(self) -> None:
        """Turn a source away as soon as it connects."""
        descriptor = self.machine.migration.descriptor
        if descriptor is not None:
            self._loop.add_reader(descriptor, self._driver.run_guest)

    async def close(self) -> None:
        """Send what is left, for at most CLOSE_TIMEOUT_S, close everything and remove the socket
        files; only the first call does something, and all wait for it.
        """
        if self._closing is None:
            self._closing = self._loop.create_task(self._close())
        # Cancelling one that waits must not cancel the closing.
        await asyncio.shield(self._closing)

    async def close_when_ended(self) -> None:
        """Wait until the machine has ended, and close: nobody can connect to it any more."""
        await self.ended.wait()
        await self.close()

    async def _close(self) -> None:
        descriptor = self.machine.migration.descriptor
        if descriptor is not None:
            self._loop.remove_reader(descriptor)
        self._driver.end()
        served = [connection for listener in self._listeners if (connection := listener.stop())]
        for connection in self._connections:
            if connection.channel:
                connection.channel.close()
        for monitor in self._monitors:
            if monitor.listening:
                monitor.listening.close()
        end = self._loop.time() + CLOSE_TIMEOUT_S
        while self._is_sending() and self._loop.time() <= end:
            await asyncio.sleep(CLOSE_POLL_S)
        if self._stdout:
            self._stdout.close()
        for connection in (*served, *self._connections):
            connection.abort()

    def _is_sending(self) -> bool:
        """Return whether a client has not taken all of its replies."""
        return (
            any(listener.connection for listener in self._listeners)
            or bool(self._connections)
            or bool(self._stdout and self._stdout.pending)
        )


def _write_greeting(path: str) -> None:
    """Write the greeting of an HMP monitor to a file; no input ever comes from there."""
    try:
        with open(path.encode("latin-1"), "wb") as output:
            output.write(f"{BANNER}\r\n{PROMPT}".encode())
    except OSError as error:
        raise FileOpenError(path, error.errno or 0) from None
