"""Sockets for monitors: listening, connected or inherited, with QEMU's messages when that fails
(docs/qemu-behaviour/qmp.md §A1, docs/qemu-behaviour/startup.md §13).
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress

from hmp.cmdline.chardev import ChardevConfig
from hmp.errors import HostError

BACKLOG = 1  # As in QEMU: the kernel then queues two clients.
_FAMILIES: dict[tuple[int, ...], socket.AddressFamily] = {
    (4,): socket.AF_INET,
    (6,): socket.AF_INET6,
}


class ListeningSocket:
    """A listening socket; `close` removes its file, unless another one took its place."""

    def __init__(self, chardev: ChardevConfig) -> None:
        """Bind and listen; HostError when that fails.

        An inherited descriptor may be bound already, or even listen (docs/qemu-behaviour/qmp.md
        §A1): to listen again does no harm.
        """
        self.chardev = chardev
        self.path = b""
        if chardev.descriptor:
            self.socket = _from_descriptor(chardev)
        elif chardev.path:
            self.socket = self._bind_to_path()
        else:
            self.socket = _bind_to_port(chardev)
        try:
            with HostError.wrapping_os_errors("Failed to listen on socket"):
                self.socket.listen(BACKLOG)
                self.socket.setblocking(False)
        except HostError:
            self.close()
            raise

    def _bind_to_path(self) -> socket.socket:
        path, name = self.chardev.path, self.chardev.path.encode("latin-1")
        with HostError.wrapping_os_errors("Failed to create Unix socket"):
            listening = socket.socket(socket.AF_UNIX)
        # QEMU removes whatever is there, a socket or not (docs/qemu-behaviour/qmp.md §A1).
        try:
            if os.path.lexists(name):
                os.unlink(name)
        except OSError as error:
            listening.close()
            raise HostError.from_os(f"Failed to unlink socket {path}", error) from None
        try:
            listening.bind(name)
        except OSError as error:
            listening.close()
            raise HostError.from_os(f"Failed to bind socket to {path}", error) from None
        self.path, status = name, os.stat(name)
        self._identity = status.st_dev, status.st_ino
        return listening

    def accept_first(self) -> socket.socket:
        """Wait for a client; this blocks the event loop."""
        self.socket.setblocking(True)
        client, _address = self.socket.accept()
        self.socket.setblocking(False)
        return client

    def close(self) -> None:
        """Stop listening."""
        self.socket.close()
        with suppress(OSError):
            status = os.stat(self.path)
            if self.path and (status.st_dev, status.st_ino) == self._identity:
                os.unlink(self.path)


def connect(chardev: ChardevConfig) -> socket.socket:
    """Return a socket that is connected to an address; HostError when that fails."""
    if chardev.path:
        target = chardev.path.encode("latin-1")
        return _connect(socket.AF_UNIX, target, f"'{chardev.path}'")
    if chardev.descriptor:
        return _from_descriptor(chardev)
    return _connect(*_resolve(chardev), f"'{chardev.host}:{chardev.port}'")


def _connect(
    family: socket.AddressFamily, target: bytes | tuple[str, int], where: str
) -> socket.socket:
    with HostError.wrapping_os_errors("Failed to create socket"):
        client = socket.socket(family)
    try:
        client.connect(target)
    except OSError as error:
        client.close()
        raise HostError.from_os(f"Failed to connect to {where}", error) from None
    return client


def _from_descriptor(chardev: ChardevConfig) -> socket.socket:
    number = int(chardev.descriptor)
    try:
        return socket.socket(fileno=number)
    except OSError:
        raise HostError(f"File descriptor '{number}' is not a socket") from None


def _bind_to_port(chardev: ChardevConfig) -> socket.socket:
    family, target = _resolve(chardev)
    with HostError.wrapping_os_errors("Failed to create a socket"):
        listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind_first(listening, target, int(chardev.last_port or target[1]))
        # With SO_REUSEADDR two sockets may bind the same port: then only listen() fails.
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        what = "find an available port" if error.errno == errno.EADDRINUSE else "create a socket"
        raise HostError.from_os(f"Failed to {what}", error) from None
    return listening


def _bind_first(listening: socket.socket, target: tuple[str, int], last_port: int) -> None:
    """Bind to the first free port from that of `target` on; OSError when all are taken."""
    host, port = target
    while True:
        try:
            listening.bind((host, port))
            return
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port >= last_port:
                raise
        port += 1


def _resolve(chardev: ChardevConfig) -> tuple[socket.AddressFamily, tuple[str, int]]:
    host, port = chardev.host.strip("[]"), chardev.port
    flags = socket.AI_PASSIVE if chardev.server else 0
    family = _FAMILIES.get(chardev.ip_versions, socket.AF_UNSPEC)
    try:
        found = socket.getaddrinfo(host or None, port, family, socket.SOCK_STREAM, flags=flags)
    except (socket.gaierror, OverflowError) as error:
        reason = (
            error.strerror
            if isinstance(error, socket.gaierror)
            else "Servname not supported for ai_socktype"
        )
        raise HostError(f"address resolution failed for {chardev.host}:{port}: {reason}") from None
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    found_family, _type, _protocol, _name, address = found[0]
    return socket.AddressFamily(found_family), (str(address[0]), int(address[1]))
