"""Sockets of network backends and of objects: they listen or connect, and carry nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from hmp.errors import HostCallError, HostError, InputError
from hmp.machine.system_calls import system_call

CONNECT_TIMEOUT_S = 5.0
"""How long a server that does not answer may keep this process."""


@system_call("socket")
def open_socket(family: int, kind: int) -> socket.socket:
    """Return a new socket."""
    return socket.socket(family, kind)


@system_call("connect")
def connect(sock: socket.socket, address: tuple[str, int] | bytes) -> None:
    """Connect a socket."""
    sock.settimeout(CONNECT_TIMEOUT_S)
    try:
        sock.connect(address)
    except TimeoutError:
        raise OSError(110, "") from None
    sock.settimeout(0)


@system_call("bind")
def bind(sock: socket.socket, address: tuple[str, int] | bytes) -> None:
    """Bind a socket to an address."""
    sock.bind(address)


@system_call("listen")
def listen(sock: socket.socket) -> None:
    """Let a socket listen."""
    sock.listen(1)


def resolve(
    host: str, port: str, kind: int = socket.SOCK_STREAM, passive: bool = False
) -> Iterator[tuple[int, tuple[str, int]]]:
    """Yield the families and addresses of a host and a port.

    Raises:
        InputError: The host has none, or the port is none.
    """
    flags = socket.AI_PASSIVE if passive else 0
    try:
        found = socket.getaddrinfo(host or None, port, 0, kind, 0, flags)
    except (socket.gaierror, UnicodeError) as error:
        reason = error.strerror if isinstance(error, socket.gaierror) else str(error)
        raise InputError(f"address resolution failed for {host}:{port}: {reason}") from None
    for family, _kind, _protocol, _name, address in found:
        yield family, (str(address[0]), int(address[1]))


def connect_tcp(host: str, port: str) -> socket.socket:
    """Return a socket that is connected to a server.

    Raises:
        HostError: The last of the server's addresses does not answer.
    """
    if not host:
        raise InputError(f"address resolution failed for :{port}: Name or service not known")
    failed: HostCallError | None = None
    for family, address in resolve(host, port):
        sock = open_socket(family, socket.SOCK_STREAM)
        try:
            connect(sock, address)
            return sock
        except HostCallError as error:
            failed = error
            sock.close()
    assert failed is not None
    raise HostError.from_call(f"Failed to connect to '{host}:{port}'", failed) from None


def connect_unix(path: str) -> socket.socket:
    """Return a socket that is connected to one in the file system."""
    sock = open_socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connect(sock, path.encode("latin-1") or b"\0")
    except BaseException:
        sock.close()
        raise
    return sock


def check_can_interface(name: str) -> None:
    """Fail unless the host has a CAN interface of that name."""
    sock = open_socket(socket.AF_CAN, socket.SOCK_RAW)
    try:
        bind(sock, (name,))  # type: ignore[arg-type]
    finally:
        sock.close()
