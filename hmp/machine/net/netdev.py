"""A network backend."""

from __future__ import annotations

import socket


class Netdev:
    """A network backend; `peer` is the device that is attached to it.

    `info` is what `info network` shows of it; `sockets` by what they are for, such as the rules of
    hostfwd. A port of a hub has its number, and the backend that it is `connected` to.
    """

    def __init__(self, identifier: str, kind: str) -> None:
        self.identifier, self.kind = identifier, kind
        self.info = ""
        self.peer: object | None = None
        self.sockets: dict[str, socket.socket] = {}
        self.paths: list[str] = []
        self.hub = 0
        self.connected: Netdev | None = None
        self.descriptors: list[int] = []

    def release(self) -> None:
        """Close what it holds of the host."""
        from hmp.errors import HostCallError
        from hmp.machine import system_calls

        for item in self.sockets.values():
            item.close()
        for descriptor in self.descriptors:
            system_calls.close(descriptor)
        for path in self.paths:
            try:
                system_calls.unlink(path.encode("latin-1"))
            except HostCallError:
                continue
        self.sockets, self.descriptors, self.paths = {}, [], []
