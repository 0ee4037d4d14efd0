"""The network backends of a machine."""

from __future__ import annotations


class Netdev:
    """A network backend; `peer` is the device that is attached to it."""

    def __init__(self, identifier: str, kind: str) -> None:
        self.identifier, self.kind = identifier, kind
        self.peer: object | None = None


class Network:
    """The network backends of a machine, by id in order of creation."""

    def __init__(self) -> None:
        self.netdevs: dict[str, Netdev] = {}

    def find_netdev(self, identifier: str) -> Netdev | None:
        """Return the network backend of that id, None when there is none."""
        return self.netdevs.get(identifier)
