"""Serving a character device: who connects to it talks to its front end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from hmp.errors import HmpError
from hmp.machine.chardevs.device import CharacterDevice, FrontEnd
from hmp.machine.chardevs.monitors import HmpMonitor, QmpMonitor
from hmp.machine.chardevs.mux import MuxDevice, Part
from hmp.machine.chardevs.socket_device import SocketDevice
from hmp.machine.machine import Machine
from hmp.monitor import Monitor, ignore
from hmp.serve.channel import Channel, Stream
from hmp.serve.connections import Connector, DescriptorConnection, Listener, SocketConnection
from hmp.serve.event_loop import DescriptorWriter
from hmp.serve.mux import MuxProtocol
from hmp.serve.protocols import (
    HmpProtocol,
    MonitorProtocol,
    QmpProtocol,
    SinkProtocol,
    TelnetProtocol,
)
from hmp.serve.readline.line_editor import LineHistory


class Dialogues:
    """Makes the protocols of the front ends of a machine, and keeps what outlives a client."""

    def __init__(
        self,
        machine: Machine,
        to_stdout: Callable[[str], None] = ignore,
        to_stderr: Callable[..., None] = ignore,
    ) -> None:
        self._machine, self._to_stdout, self._to_stderr = machine, to_stdout, to_stderr
        # The history of a monitor survives reconnecting (docs/qemu-behaviour/qmp.md §A9).
        self._humans: dict[HmpMonitor, tuple[Monitor, LineHistory]] = {}

    def protocol_for(self, device: CharacterDevice, stream: Stream) -> MonitorProtocol:
        """Return the protocol for a new client of a device."""
        protocol = self._protocol(device.front_end, stream)
        if isinstance(device, SocketDevice):
            options = device.socket_options
            if options.telnet or options.tn3270:
                return TelnetProtocol(protocol, options.tn3270)
        return protocol

    def _protocol(self, front_end: FrontEnd | None, stream: Stream) -> MonitorProtocol:
        if isinstance(front_end, Part):
            whole = front_end.whole
            if not isinstance(whole, MuxDevice):
                return self._protocol(whole.front_end, stream)
            if whole.front_ends:
                parts = [self._protocol(part, stream) for part in whole.front_ends]
                escape = self._machine.chardevs.escape_character
                return MuxProtocol(whole, parts, escape, self._machine.run_state.quit)
        if isinstance(front_end, HmpMonitor):
            human, history = self._human(front_end)
            human.context.take_descriptor = stream.take_descriptor
            return HmpProtocol(human, history)
        if isinstance(front_end, QmpMonitor):
            qmp = QmpProtocol(
                self._machine,
                stream.write,
                front_end.pretty,
                self._to_stdout,
                self._to_stderr,
                front_end,
            )
            qmp.human.context.take_descriptor = stream.take_descriptor
            return qmp
        if front_end is not None and front_end is self._machine.qtest:
            from hmp.serve.qtest import QtestProtocol

            return QtestProtocol(self._machine.qtest, stream.write)
        return SinkProtocol()

    def _human(self, front_end: HmpMonitor) -> tuple[Monitor, LineHistory]:
        if front_end not in self._humans:
            monitor = Monitor(self._machine, self._to_stdout, self._to_stderr)
            history = LineHistory(lambda: monitor.context.history)
            self._humans[front_end] = monitor, history
        return self._humans[front_end]


class _LoggedStream:
    """A stream whose output goes to the log file of a device, too."""

    def __init__(self, stream: Stream, device: CharacterDevice) -> None:
        self._stream, self._device = stream, device
        self.end, self.abort, self.set_reading = stream.end, stream.abort, stream.set_reading
        self.take_descriptor = stream.take_descriptor

    def write(self, data: bytes) -> None:
        self._device.log(data)
        self._stream.write(data)


class DeviceServer:
    """Serves one device; `after_output` runs the guest, and returns whether the machine has
    ended. `connection` is that of the present client, if it is on a socket.
    """

    def __init__(
        self,
        device: CharacterDevice,
        dialogues: Dialogues,
        after_output: Callable[[], bool],
        stdout: DescriptorWriter | None,
        to_stderr: Callable[..., None],
    ) -> None:
        self.device, self._dialogues, self._after_output = device, dialogues, after_output
        self._stdout, self._to_stderr = stdout, to_stderr
        self._sockets: Listener | Connector | None = None
        self._descriptors: DescriptorConnection | None = None
        self._stream: Stream | None = None
        self._channel: Channel | None = None

    @property
    def connection(self) -> SocketConnection | None:
        """The present connection, if it is on a socket."""
        return self._sockets.connection if self._sockets else None

    def start(self) -> None:
        """Serve the device from now on."""
        device = self.device
        if isinstance(device, SocketDevice):
            self._sockets = self._socket_server(device)
            first, device.waiting = device.waiting, None
            self._sockets.start(first)
        elif device.input is not None and device.output is not None:
            is_stdio = device.config.backend == "stdio" and self._stdout is not None
            writer = self._stdout if is_stdio else None
            self._descriptors = DescriptorConnection(
                device.input,
                writer or DescriptorWriter(device.output),
                lambda stream: self._open_channel(_LoggedStream(stream, device)),
                is_lossy=not is_stdio,
            )
        else:
            self._greet()

    def _greet(self) -> None:
        """Write the greeting of a front end to a device that never has any input."""
        front_end = self.device.front_end
        if front_end is not None and front_end.greets:
            protocol = self._dialogues.protocol_for(self.device, _Discarding())
            self.device.write(protocol.greeting())
            protocol.closed()

    def _socket_server(self, device: SocketDevice) -> Listener | Connector:
        def open_channel(stream: Stream) -> Channel:
            return self._open_channel(_LoggedStream(stream, device))

        if device.listening:
            return Listener(
                device.listening.socket, open_channel, self._on_client, _connection_type(device)
            )
        return Connector(
            device.reconnect,
            open_channel,
            self._on_client,
            lambda error: self._report(error),
            device.socket_options.reconnect_ms / 1000,
        )

    def _report(self, error: HmpError) -> None:
        self._to_stderr(f"Unable to connect character device {self.device.name}: {error.message}")

    def _open_channel(self, stream: Stream) -> Channel:
        self._stream = stream
        protocol = self._dialogues.protocol_for(self.device, stream)
        self._channel = Channel(protocol, stream, self._after_output)
        return self._channel

    def _on_client(self, client: socket.socket | None) -> None:
        assert isinstance(self.device, SocketDevice)
        if client is not None:
            self.device.connected(client)
            return
        self._channel = self._stream = None
        self.device.disconnected()
        if isinstance(self.device.front_end, QmpMonitor):
            # Not within the loop's own callback: the device may go.
            asyncio.get_running_loop().call_soon(self.device.front_end.on_client_gone)

    def change_front_end(self) -> None:
        """Let the present client talk to the front end that the device has now."""
        if self._channel and self._stream:
            self._channel.replace(self._dialogues.protocol_for(self.device, self._stream))
        elif not self._sockets:
            self._greet()

    def stop(self) -> SocketConnection | None:
        """Serve the device no more; return the connection whose last outputs are being sent."""
        if self._descriptors:
            self._descriptors.end()
        return self._sockets.stop() if self._sockets else None


def _connection_type(device: SocketDevice) -> type[SocketConnection]:
    if not device.socket_options.websocket:
        return SocketConnection
    from hmp.serve.websocket.connection import WebSocketConnection

    return WebSocketConnection


class _Discarding:
    """The stream of a device that no output of a command can reach."""

    def write(self, data: bytes) -> None:
        pass

    def end(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def set_reading(self, reading: bool) -> None:
        pass

    def take_descriptor(self) -> int | None:
        return None
