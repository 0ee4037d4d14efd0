"""The system calls on sockets and pseudo terminals; like those of `system_calls.py`, each raises
HostCallError with the host's errno, and may fail at any time.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import tty

from hmp.errors import HostError
from hmp.machine.system_calls import system_call

Address = bytes | tuple[str | int, int]


class ResolutionError(HostError):
    """A host or a service has no address."""


@system_call("socket")
def create(family: int, kind: int = socket.SOCK_STREAM) -> socket.socket:
    """Return a new socket."""
    return socket.socket(family, kind)


@system_call("socket")
def from_descriptor(descriptor: int) -> socket.socket:
    """Return the socket of an open descriptor, which belongs to it then."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        raise OSError(errno.ENOTSOCK, "")
    return socket.socket(fileno=descriptor)


@system_call("bind")
def bind(target: socket.socket, address: Address) -> None:
    """Give a socket its own address."""
    target.bind(address)


@system_call("listen")
def listen(target: socket.socket, backlog: int) -> None:
    """Let clients connect to a socket."""
    target.listen(backlog)


@system_call("connect")
def connect(target: socket.socket, address: Address) -> None:
    """Connect a socket to an address."""
    target.connect(address)


@system_call("accept")
def accept(target: socket.socket) -> socket.socket:
    """Return the next client of a listening socket."""
    return target.accept()[0]


def resolve(
    host: str, port: str, family: int, kind: int, passive: bool
) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Return the addresses of a host and a port, those of IPv4 first.

    Raises:
        ResolutionError: There is none; the message is the host's reason.
    """
    flags = socket.AI_PASSIVE if passive else 0
    try:
        found = socket.getaddrinfo(host or None, port, family, kind, flags=flags)
    except socket.gaierror as error:
        raise ResolutionError(str(error.strerror)) from None
    except (OSError, OverflowError, UnicodeError):
        raise ResolutionError("Name or service not known") from None
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return [(entry[0], (str(entry[4][0]), int(entry[4][1]))) for entry in found]


@system_call("openpty")
def open_terminal() -> tuple[int, int]:
    """Return the descriptors of both sides of a new pseudo terminal, ours and that of its users.

    It is raw, since line editors echo, not the driver. Ours does not block: a terminal that nobody
    reads is full at some time.
    """
    ours, theirs = os.openpty()
    try:
        tty.setraw(theirs)
        os.set_blocking(ours, False)
    except BaseException:
        os.close(ours)
        os.close(theirs)
        raise
    return ours, theirs


@system_call("symlink")
def make_link(target: str, path: bytes) -> None:
    """Make a symbolic link."""
    os.symlink(target, path)
