"""The network backends of a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hmp.errors import DeviceNotFoundError, InputError, ParameterError, StateError
from hmp.grammar.opts import check_identifier
from hmp.machine.net import backends
from hmp.machine.net.netdev import Netdev

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

Options = dict[str, Any]
# What this build of QEMU has, in the order in which it lists them (recorded: -netdev help).
TYPES = (
    *("socket", "stream", "dgram", "hubport", "tap", "passt", "user", "l2tpv3", "vde", "bridge"),
    *("vhost-user", "vhost-vdpa"),
)


class Network:
    """The network backends of a machine, by id in order of creation."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.netdevs: dict[str, Netdev] = {}
        # Hubs stay when their last port goes.
        self._hubs: list[int] = []

    def find_netdev(self, identifier: str) -> Netdev | None:
        """Return the network backend of that id, None when there is none."""
        return self.netdevs.get(identifier)

    def add(self, options: Options) -> Netdev:
        """Make a network backend of checked options.

        Raises:
            HmpError: Its id is taken, or the host denies what it needs; nothing is left of it.
        """
        identifier, kind = str(options["id"]), str(options["type"])
        check_identifier(identifier)
        if identifier in self.netdevs:
            raise ParameterError("id", f"Duplicate ID '{identifier}'")
        if kind not in TYPES:
            raise StateError(f"network backend '{kind}' is not compiled into this binary")
        netdev = Netdev(identifier, kind)
        try:
            backends.MAKERS[kind](self.machine, netdev, options)
        except BaseException:
            netdev.release()
            raise
        self.netdevs[identifier] = netdev
        if kind == "hubport" and netdev.hub not in self._hubs:
            self._hubs.append(netdev.hub)
        return netdev

    def remove(self, identifier: str) -> None:
        """Remove a network backend; raise DeviceNotFoundError when there is none of that id."""
        netdev = self.netdevs.pop(identifier, None)
        if netdev is None:
            raise DeviceNotFoundError(identifier)
        netdev.release()

    def hubs(self) -> dict[int, list[Netdev]]:
        """Return the ports of each hub, the newest hub first."""
        found: dict[int, list[Netdev]] = {number: [] for number in reversed(self._hubs)}
        for netdev in self.netdevs.values():
            if netdev.kind == "hubport":
                found[netdev.hub].append(netdev)
        return found

    def warnings(self) -> list[str]:
        """Return what QEMU warns of at the end of its start."""
        lines: list[str] = []
        for number, ports in self.hubs().items():
            if all(port.connected is None for port in ports):
                lines += [f"hub port {port.identifier} has no peer" for port in reversed(ports)]
            elif all(port.peer is None for port in ports):
                lines.append(f"hub {number} with no nics")
        behind = {id(port.connected) for port in self.netdevs.values() if port.connected}
        lines += [
            f"netdev {netdev.identifier} has no peer"
            for netdev in self.netdevs.values()
            if netdev.peer is None and netdev.connected is None and id(netdev) not in behind
        ]
        return lines

    def close(self) -> None:
        """Close all sockets."""
        for netdev in self.netdevs.values():
            netdev.release()

    def user(self, identifier: str | None) -> Netdev:
        """Return a network of the type user: of that id, or the first."""
        if identifier is not None:
            found = self.netdevs.get(identifier)
            if found is None:
                raise InputError(f"unrecognized netdev id '{identifier}'")
            if found.kind != "user":
                raise InputError("invalid device specified")
            return found
        first = next((item for item in self.netdevs.values() if item.kind == "user"), None)
        if first is None:
            raise InputError("user mode network stack not in use")
        return first
