"""A network backend."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hmp.machine.qom.object import Object


class Card:
    """The side of the network that a network card is; `peer` is the backend that it is attached to.

    The backend stays its peer when it is deleted.
    """

    def __init__(self, device: Object, name: str, model: str, mac: str) -> None:
        self.device, self.identifier, self.model, self.mac = device, name, model, mac
        self.peer: Netdev | None = None
        self.is_linked = True

    @property
    def info(self) -> str:
        """What `info network` shows of it."""
        return f"model={self.model},macaddr={self.mac}"

    kind = "nic"


class Netdev:
    """A network backend; `peer` is the network card that is attached to it.

    `info` is what `info network` shows of it; `sockets` by what they are for, such as the rules of
    hostfwd. A port of a hub has its number, and the backend that it is `connected` to.
    """

    def __init__(self, identifier: str, kind: str) -> None:
        self.identifier, self.kind = identifier, kind
        self.info = ""
        self.peer: Card | None = None
        self.is_linked = True
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
