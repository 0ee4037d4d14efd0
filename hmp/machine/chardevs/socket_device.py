"""socket and udp: character devices on sockets. The clients are served by an event loop."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from hmp.errors import HostError, InputError, StateError
from hmp.machine.chardevs import sockets
from hmp.machine.chardevs.addresses import DescriptorAddress, SocketOptions, UdpOptions, UnixAddress
from hmp.machine.chardevs.device import CharacterDevice
from hmp.machine.chardevs.errors import DescriptorError
from hmp.machine.host import socket_calls

if TYPE_CHECKING:
    from hmp.machine.chardevs.configs import ChardevConfig
    from hmp.machine.machine import Machine


class CredentialsError(StateError):
    """`tls-creds=` names no object that holds any."""

    parameter = "tls-creds"

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class SocketDevice(CharacterDevice):
    """A socket: `listening` for clients, or connected to a server.

    `client` is the present connection; until it is served, its first client waits in `waiting`.
    """

    needs_event_loop = True

    def __init__(self, config: ChardevConfig) -> None:
        super().__init__(config)
        assert isinstance(config.options, SocketOptions)
        self.socket_options = config.options
        self.listening: sockets.ListeningSocket | None = None
        self.waiting: socket.socket | None = None
        self._listening_at = self._connected_to = ""

    def open(self, machine: Machine, label: str) -> None:
        options = self.socket_options
        self._check(machine)
        descriptor = self._find_descriptor(machine)
        if options.server:
            self.listening = sockets.ListeningSocket(options, descriptor)
            self._listening_at = self._address_of(self.listening.socket)
            if options.wait:
                self._wait(machine)
        elif not options.reconnect_ms:
            with machine.chardevs.while_waiting():
                self.waiting = sockets.connect(options, descriptor)
            self.connected(self.waiting)

    def _check(self, machine: Machine) -> None:
        options = self.socket_options
        if options.websocket and not options.server:
            raise InputError("Websocket client is not implemented")
        if options.tls_authz and not options.tls_creds:
            raise InputError("'tls_authz' option requires 'tls_creds' option")
        if options.tls_creds:
            self._check_credentials(machine, options.tls_creds)
        if options.server and options.reconnect_ms:
            raise InputError(
                "'reconnect-ms' option is incompatible with socket in server listen mode"
            )
        if options.wait is not None and not options.server:
            raise InputError("'wait' option is incompatible with socket in client connect mode")

    def _check_credentials(self, machine: Machine, name: str) -> None:
        found = machine.objects.children.get(name)
        if found is None:
            raise CredentialsError(name, f"No TLS credentials with id '{name}'")
        if not found.is_a("tls-creds"):
            raise CredentialsError(name, f"Object with id '{name}' is not TLS credentials")
        raise CredentialsError(name, "TLS is not supported by hmp")

    def _find_descriptor(self, machine: Machine) -> int | None:
        """Return the descriptor that a monitor was given by name; None for an inherited one."""
        address = self.socket_options.address
        if not isinstance(address, DescriptorAddress):
            return None
        if machine.chardevs.takes_inherited:
            if not address.name.lstrip("-").isdecimal():
                raise DescriptorError(address.name)
            return None
        return machine.descriptors.take(address.name)

    def _wait(self, machine: Machine) -> None:
        assert self.listening is not None
        machine.chardevs.inform(f"info: QEMU waiting for connection on: {self.filename}")
        try:
            with machine.chardevs.while_waiting():
                self.waiting = self.listening.accept_first()
        except BaseException:
            self.close()
            raise
        self.connected(self.waiting)

    def _address_of(self, found: socket.socket) -> str:
        """Return the scheme and the own address of a socket."""
        options = self.socket_options
        if found.family == socket.AF_UNIX:
            address = options.address
            if isinstance(address, UnixAddress) and address.path:
                return f"unix:{address.text}"
            return f"unix:{sockets.name_of(found.getsockname())}"
        return f"{self._scheme}:{sockets.name_of(found.getsockname())}"

    @property
    def _scheme(self) -> str:
        if self.socket_options.telnet:
            return "telnet"
        return "websocket" if self.socket_options.websocket else "tcp"

    @property
    def filename(self) -> str:
        if self._connected_to:
            return self._connected_to
        server = ",server=on" * self.socket_options.server
        if self._listening_at:
            return f"disconnected:{self._listening_at}{server}"
        address = self.socket_options.address
        scheme = {UnixAddress: "unix", DescriptorAddress: "fd"}.get(type(address), self._scheme)
        return f"disconnected:{scheme}:{address.text}{server}"

    @property
    def has_other_end(self) -> bool:
        return bool(self._connected_to)

    def connected(self, client: socket.socket) -> None:
        """Take note of the client, or of the server that the device is connected to."""
        server = ",server=on" * self.socket_options.server
        try:
            address = self.socket_options.address
            if isinstance(address, UnixAddress) and address.abstract:
                # QEMU reads the path up to the first NUL, with which such names begin.
                self._connected_to = f"unix:{server}"
                return
            self._connected_to = f"{self._address_of(client)}{server}"
            if client.family in (socket.AF_INET, socket.AF_INET6):
                self._connected_to += f" <-> {sockets.name_of(client.getpeername())}"
        except OSError:
            # The client is gone already.
            self._connected_to = ""

    def disconnected(self) -> None:
        """Take note that the client is gone."""
        self._connected_to = ""

    def reconnect(self) -> socket.socket:
        """Connect anew; HostError when that fails."""
        return sockets.connect(self.socket_options, None)

    def close(self) -> None:
        super().close()
        if self.listening:
            self.listening.close()
        if self.waiting:
            self.waiting.close()
        self.listening = self.waiting = None


class UdpDevice(CharacterDevice):
    """Datagrams to one address, and those that come to another."""

    needs_event_loop = True

    def open(self, machine: Machine, label: str) -> None:
        options = self.config.options
        assert isinstance(options, UdpOptions)
        family, remote = sockets.resolve(options.remote, socket.SOCK_DGRAM, passive=False)[0]
        with HostError.wrapping_calls("Failed to create socket"):
            made = socket_calls.create(family, socket.SOCK_DGRAM)
        try:
            if options.local:
                _family, local = sockets.resolve(options.local, socket.SOCK_DGRAM, passive=True)[0]
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                with HostError.wrapping_calls("Failed to bind socket"):
                    socket_calls.bind(made, local)
            with HostError.wrapping_calls("Failed to connect socket"):
                socket_calls.connect(made, remote)
        except BaseException:
            made.close()
            raise
        self.input = self.output = made.detach()
