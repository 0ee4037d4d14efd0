"""Sockets of character devices: listening, connected or inherited, with QEMU's messages when that
fails (docs/qemu-behaviour/qmp.md §A1, docs/qemu-behaviour/startup.md §13).
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress

from hmp.errors import HostCallError, HostError, InputError
from hmp.machine import system_calls
from hmp.machine.chardevs.addresses import (
    UNIX_PATH_MAX,
    DescriptorAddress,
    InetAddress,
    SocketAddress,
    SocketOptions,
    UnixAddress,
    VsockAddress,
)
from hmp.machine.host import socket_calls
from hmp.machine.host.socket_calls import ResolutionError

BACKLOG = 1  # As in QEMU: the kernel then queues two clients.
_LONGEST_PORT = 65536
"""getaddrinfo takes larger numbers, and cuts them to 16 bits."""


class PathTooLongError(HostError):
    """The path of a socket that is too long for the kernel."""

    parameter = "path"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"UNIX socket path '{path}' is too long",
            f"Path must be less than {UNIX_PATH_MAX} bytes",
        )
        self.path = path


class ListeningSocket:
    """A listening socket; `close` removes its file, unless another one took its place."""

    def __init__(self, options: SocketOptions, descriptor: int | None) -> None:
        """Bind and listen; HostError when that fails.

        An inherited `descriptor` may be bound already, or even listen (docs/qemu-behaviour/qmp.md
        §A1): to listen again does no harm.
        """
        self.path = b""
        address = options.address
        if isinstance(address, DescriptorAddress):
            self.socket = from_descriptor(address, descriptor)
        elif isinstance(address, UnixAddress):
            self.socket = self._bind_to_path(address)
        elif isinstance(address, VsockAddress):
            self.socket = _bind_vsock(address)
        else:
            self.socket = _bind_to_port(address)
        try:
            with HostError.wrapping_calls("Failed to listen on socket"):
                socket_calls.listen(self.socket, BACKLOG)
            self.socket.setblocking(False)
        except HostError:
            self.close()
            raise

    def _bind_to_path(self, address: UnixAddress) -> socket.socket:
        path = address.path or _temporary_path()
        name = unix_name(address._replace(path=path))
        with HostError.wrapping_calls("Failed to create Unix socket"):
            listening = socket_calls.create(socket.AF_UNIX)
        try:
            if not address.abstract:
                _make_room(path, name)
            with HostError.wrapping_calls(f"Failed to bind socket to {path}"):
                socket_calls.bind(listening, name)
        except BaseException:
            listening.close()
            raise
        if not address.abstract:
            self.path, status = name, os.stat(name)
            self._identity = status.st_dev, status.st_ino
        return listening

    def accept_first(self) -> socket.socket:
        """Wait for a client; this blocks the event loop."""
        self.socket.setblocking(True)
        try:
            with HostError.wrapping_calls("Failed to accept connection"):
                return socket_calls.accept(self.socket)
        finally:
            self.socket.setblocking(False)

    def close(self) -> None:
        """Stop listening."""
        self.socket.close()
        with suppress(OSError):
            status = os.stat(self.path)
            if self.path and (status.st_dev, status.st_ino) == self._identity:
                os.unlink(self.path)


def _temporary_path() -> str:
    """Return a free path for a socket whose path is empty, as QEMU chooses one."""
    # It takes long to import, and paths are seldom empty.
    import tempfile

    directory = tempfile.mkdtemp(prefix="qemu-socket-").encode()
    os.rmdir(directory)
    return directory.decode("latin-1")


def _make_room(path: str, name: bytes) -> None:
    """Remove what is at the path: QEMU does, a socket or not (docs/qemu-behaviour/qmp.md §A1)."""
    try:
        system_calls.unlink(name)
    except HostCallError as error:
        if error.errno != errno.ENOENT:
            problem = f"Failed to unlink socket {path}"
            # Where the folder is not there, QEMU fails at the next step.
            if error.errno != errno.ENOTDIR:
                raise HostError.from_call(problem, error) from None


def unix_name(address: UnixAddress) -> bytes:
    """Return the name for the kernel; PathTooLongError when it is too long."""
    name = address.path.encode("latin-1")
    if len(name) + address.abstract >= UNIX_PATH_MAX:
        raise PathTooLongError(address.path)
    if not address.abstract:
        # The kernel takes an empty path of the whole length for an abstract name.
        return name or bytes(UNIX_PATH_MAX)
    return b"\0" + (name if address.tight else name.ljust(UNIX_PATH_MAX - 1, b"\0"))


def connect(options: SocketOptions, descriptor: int | None) -> socket.socket:
    """Return a socket that is connected to an address; HostError when that fails."""
    address = options.address
    if isinstance(address, DescriptorAddress):
        return from_descriptor(address, descriptor)
    if isinstance(address, UnixAddress):
        return _connect(socket.AF_UNIX, unix_name(address), address)
    if isinstance(address, VsockAddress):
        target = _vsock_target(address)
        return _connect(socket.AF_VSOCK, target, address)
    problem = HostError("")
    for family, found in resolve(address, socket.SOCK_STREAM, passive=False):
        try:
            return _connect(family, found, address)
        except HostError as error:
            problem = error
    raise problem


def _connect(
    family: socket.AddressFamily, target: socket_calls.Address, address: SocketAddress
) -> socket.socket:
    with HostError.wrapping_calls("Failed to create socket"):
        client = socket_calls.create(family)
    shown = address.path if isinstance(address, UnixAddress) else address.text
    try:
        with HostError.wrapping_calls(f"Failed to connect to '{shown}'"):
            socket_calls.connect(client, target)
    except BaseException:
        client.close()
        raise
    return client


def from_descriptor(address: DescriptorAddress, descriptor: int | None) -> socket.socket:
    """Return the socket of a descriptor; HostError when it is none."""
    number = int(address.name) if descriptor is None else descriptor
    try:
        return socket_calls.from_descriptor(number)
    except HostCallError:
        raise HostError(f"File descriptor '{address.name}' is not a socket") from None


def _vsock_target(address: VsockAddress) -> socket_calls.Address:
    try:
        return int(address.cid), int(address.port)
    except ValueError:
        raise InputError(f"Failed to parse vsock address: {address.text}") from None


def _bind_vsock(address: VsockAddress) -> socket.socket:
    with HostError.wrapping_calls("Failed to create socket"):
        listening = socket_calls.create(socket.AF_VSOCK)
    try:
        with HostError.wrapping_calls("Failed to bind socket"):
            socket_calls.bind(listening, _vsock_target(address))
    except BaseException:
        listening.close()
        raise
    return listening


def _bind_to_port(address: InetAddress) -> socket.socket:
    family, target = resolve(address, socket.SOCK_STREAM, passive=True)[0]
    with HostError.wrapping_calls("Failed to create a socket"):
        listening = socket_calls.create(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # As in QEMU a last port of more than 16 bits is cut.
        last = target[1] if address.last_port is None else address.last_port % _LONGEST_PORT
        if last < target[1]:
            # QEMU tries none, and reports this errno (docs/qemu-behaviour/chardevs.md).
            raise HostCallError("bind", errno.ENOENT)
        _bind_first(listening, target, last)
        # With SO_REUSEADDR two sockets may bind the same port: then only listen() fails.
        socket_calls.listen(listening, BACKLOG)
    except HostCallError as error:
        listening.close()
        what = "find an available port" if error.errno == errno.EADDRINUSE else "create a socket"
        raise HostError.from_call(f"Failed to {what}", error) from None
    return listening


def _bind_first(listening: socket.socket, target: tuple[str, int], last_port: int) -> None:
    """Bind to the first free port from that of `target` on; HostCallError when all are taken."""
    host, port = target
    while True:
        try:
            socket_calls.bind(listening, (host, port))
            return
        except HostCallError as error:
            if error.errno != errno.EADDRINUSE or port >= last_port:
                raise
        port += 1


def resolve(
    address: InetAddress, kind: int, passive: bool
) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Return the addresses of a host and a port; an error in QEMU's words where there is none."""
    if address.ipv4 is False and address.ipv6 is False:
        raise InputError("Cannot disable IPv4 and IPv6 at same time")
    family = socket.AF_UNSPEC
    if bool(address.ipv4) != bool(address.ipv6) or False in (address.ipv4, address.ipv6):
        wants_ipv6 = address.ipv6 or address.ipv4 is False
        family = socket.AF_INET6 if wants_ipv6 else socket.AF_INET
    port = address.port
    if port.isdecimal() and port.isascii():
        port = str(int(port) % _LONGEST_PORT)
    try:
        return socket_calls.resolve(address.host, port, family, kind, passive)
    except ResolutionError as error:
        host = address.host or "(null)"
        raise HostError(
            f"address resolution failed for {host}:{address.port}: {error.message}"
        ) from None


def name_of(address: object) -> str:
    """Return a socket's address as info chardev shows it."""
    if isinstance(address, tuple):
        return f"{address[0]}:{address[1]}"
    text = address.decode("latin-1") if isinstance(address, bytes) else str(address)
    return text.removeprefix("\0")
