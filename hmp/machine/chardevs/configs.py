"""What character devices are made of: typed, whatever notation they were given in."""

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


class FileOptions(NamedTuple):
    """A file for the output, and one for the input, if any."""

    path: str
    append: bool = False
    input_path: str | None = None


class PathOptions(NamedTuple):
    """A device or a pair of pipes by its path; for a terminal of its own, of a link to it."""

    path: str = ""


class UdpOptions(NamedTuple):
    """Where datagrams are sent to, and where they are received."""

    remote: InetAddress
    local: InetAddress | None = None


class RingbufOptions(NamedTuple):
    """The size of the memory that holds the last output, in bytes."""

    size: int = 65536


class MuxOptions(NamedTuple):
    """The names of the character devices that one is made of."""

    chardevs: tuple[str, ...]


Options = (
    SocketOptions | FileOptions | PathOptions | UdpOptions | RingbufOptions | MuxOptions | None
)


class LogOptions(NamedTuple):
    """A file that gets a copy of the output."""

    path: str = ""
    append: bool = False


class ChardevConfig(NamedTuple):
    """A character device: its backend, such as `socket`, and what that needs to know."""

    backend: str
    options: Options = None
    log: LogOptions = LogOptions()
