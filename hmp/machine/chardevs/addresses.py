"""The addresses of sockets, and what a character device that is one needs to know."""

from __future__ import annotations

from typing import NamedTuple

# The size of sun_path with its NUL (unix(7)).
UNIX_PATH_MAX = 108


class InetAddress(NamedTuple):
    """A host and a port, as texts. A server listens on the first free port up to `last_port`; the
    versions of IP are those that are on or, where none is, those that are not off.
    """

    host: str
    port: str
    last_port: int | None = None
    ipv4: bool | None = None
    ipv6: bool | None = None

    @property
    def text(self) -> str:
        """The address as messages have it."""
        return f"{self.host}:{self.port}"


class UnixAddress(NamedTuple):
    """The path of a socket, or with `abstract` a name outside of the file system, `tight` without
    NULs behind it.
    """

    path: str
    abstract: bool = False
    tight: bool = True

    @property
    def text(self) -> str:
        """The address as messages have it."""
        kind = ",abstract=on" * self.abstract + ",tight=on" * (self.abstract and self.tight)
        return f"{self.path}{kind}"


class DescriptorAddress(NamedTuple):
    """A descriptor: a number that was inherited, or the name that a monitor was given one by."""

    name: str

    @property
    def text(self) -> str:
        """The address as messages have it."""
        return self.name


class VsockAddress(NamedTuple):
    """The address of another machine on this host."""

    cid: str
    port: str

    @property
    def text(self) -> str:
        """The address as messages have it."""
        return f"{self.cid}:{self.port}"


SocketAddress = InetAddress | UnixAddress | DescriptorAddress | VsockAddress


class SocketOptions(NamedTuple):
    """A socket: a `server` listens, and with `wait` waits for its first client; others connect, and
    with `reconnect_ms` again and again.
    """

    address: SocketAddress
    server: bool = True
    wait: bool | None = None
    nodelay: bool = False
    telnet: bool = False
    tn3270: bool = False
    websocket: bool = False
    reconnect_ms: int = 0
    tls_creds: str = ""
    tls_authz: str = ""


class UdpOptions(NamedTuple):
    """Where datagrams are sent to, and where they are received."""

    remote: InetAddress
    local: InetAddress | None = None
