"""Incoming migration: the machine waits for the state of another one. It can wait and listen; the
state itself can't be loaded here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hmp.errors import HostCallError, HostError, InputError, StateError

if TYPE_CHECKING:
    import socket

DEFER = "defer"
# In QEMU's order. They are kept as they are set, and nothing reads them.
CAPABILITIES = (
    *("xbzrle", "rdma-pin-all", "auto-converge", "events", "postcopy-ram", "x-colo"),
    *("release-ram", "return-path", "pause-before-switchover", "multifd", "dirty-bitmaps"),
    *("postcopy-blocktime", "late-block-activate", "x-ignore-shared", "validate-uuid"),
    *("background-snapshot", "zero-copy-send", "postcopy-preempt", "switchover-ack"),
    *("dirty-limit", "mapped-ram"),
)
PROTOCOLS = ("tcp", "unix", "vsock", "fd", "exec", "file", "rdma")
# What a source would need here, and can't have.
REFUSED = "the state of another machine can't be loaded here; {} is not opened"
# What can't be asked of a migration that does not go on.
NOT_PAUSABLE = (
    "migrate-pause is currently only supported during postcopy-active or postcopy-recover state"
)
NOT_PAUSED = "Migrate recover can only be run when postcopy is paused."
NO_POSTCOPY = "Enable postcopy with migrate_set_capability before the start of migration"


class NotExpectedError(StateError):
    """The machine was started without -incoming."""

    def __init__(self) -> None:
        super().__init__("'-incoming' was not specified on the command line")


class Migration:
    """The migration of one machine; `report` takes lines for stderr."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self.expected = False
        self.address: dict[str, object] | None = None
        self.capabilities = dict.fromkeys(CAPABILITIES, False)
        self._given: dict[str, Any] = {}
        self._report = report
        self._socket: socket.socket | None = None
        self._path = b""

    def start(self, uri: str) -> None:
        """Listen for a source, as `migrate_incoming` asks.

        Raises:
            HmpError: Nothing is expected, or no more; the URI is malformed; the host refuses it.
        """
        protocol, rest = split_uri(uri)
        if not self.expected:
            raise NotExpectedError
        if self._socket is not None:
            raise StateError("The incoming migration has already been started")
        if protocol == "tcp":
            self._listen_tcp(*split_address(rest))
        elif protocol == "unix":
            self._listen_unix(rest)
        else:
            raise StateError(REFUSED.format(uri))

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of all parameters."""
        from hmp.machine.migration.parameters import DEFAULTS

        return DEFAULTS | self._given

    def set_parameters(self, given: dict[str, Any]) -> None:
        """Set some parameters; ParameterError for an impossible value, and all are as before."""
        from hmp.machine.migration.parameters import check_parameters, normalized

        values = normalized(given)
        check_parameters(self.parameters | values)
        self._given |= values

    def refuse(self, uri: str) -> None:
        """Raise the error of a migration to a URI: QEMU's for a wrong one, then ours."""
        split_uri(uri)
        if self.expected:
            raise StateError("Guest is waiting for an incoming migration")
        raise StateError("the machine can't be moved: hmp has no migration")

    def _listen_tcp(self, host: str, port: str) -> None:
        # Few machines wait for a migration; a script starts sooner without sockets.
        import socket

        from hmp.machine.host import sockets

        for family, address in sockets.resolve(host, port, passive=True):
            self._listen(family, address, f"{host}:{port}")
            assert self._socket is not None
            name, number = self._socket.getsockname()[:2]
            version = "ipv6" if family == socket.AF_INET6 else "ipv4"
            self.address = {"port": str(number), version: True, "host": name, "type": "inet"}
            return

    def _listen_unix(self, path: str) -> None:
        import socket

        name = path.encode("latin-1")
        self._listen(socket.AF_UNIX, name, path)
        self._path = name
        self.address = {"path": path, "type": "unix"}

    def _listen(self, family: int, address: tuple[str, int] | bytes, shown: str) -> None:
        import socket

        from hmp.machine.host import sockets

        sock = sockets.open_socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sockets.bind(sock, address)
            sockets.listen(sock)
            sock.setblocking(False)
        except HostCallError as error:
            sock.close()
            raise HostError.from_call(f"Failed to bind socket to {shown}", error) from None
        self._socket = sock

    @property
    def descriptor(self) -> int | None:
        """The descriptor of the socket that listens, for an event loop."""
        return None if self._socket is None else self._socket.fileno()

    def turn_away(self) -> None:
        """Close the connection of a source that came, so that it does not wait, and report it."""
        if self._socket is None:
            return
        with suppress(OSError):
            connection, _address = self._socket.accept()
            connection.close()
            self._report("load of migration failed: " + REFUSED.format("its stream"))

    def close(self) -> None:
        """Listen no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._path:
            import os

            with suppress(OSError):
                os.unlink(self._path)
            self._path = b""


def split_uri(uri: str) -> tuple[str, str]:
    """Return the protocol of a URI and the rest; InputError for an unknown protocol or address."""
    protocol, colon, rest = uri.partition(":")
    if not colon or protocol not in PROTOCOLS:
        raise InputError(f"unknown migration protocol: {uri}")
    if protocol == "tcp":
        split_address(rest)
    elif protocol == "unix" and not rest:
        raise InputError("invalid Unix socket address")
    elif protocol == "fd" and not rest.isdecimal():
        raise InputError(f"Invalid file descriptor number '{rest}'")
    return protocol, rest


def split_address(text: str) -> tuple[str, str]:
    """Return host and port; InputError for a text without a port."""
    address = text.partition(",")[0]
    host, colon, port = address.rpartition(":")
    if not colon or not port:
        raise InputError(f"error parsing address '{address}'")
    return host.removeprefix("[").removesuffix("]"), port
