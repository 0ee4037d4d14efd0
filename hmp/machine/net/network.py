"""The network backends of a machine."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from hmp.errors import DeviceNotFoundError, InputError, ParameterError, StateError
from hmp.grammar.opts import check_identifier
from hmp.machine.net import backends
from hmp.machine.net.netdev import Card, Netdev

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.qom.object import Object

Options = dict[str, Any]
# What this build of QEMU has, in the order in which it lists them (recorded: -netdev help).
TYPES = (
    *("socket", "stream", "dgram", "hubport", "tap", "passt", "user", "l2tpv3", "vde", "bridge"),
    *("vhost-user", "vhost-vdpa"),
)


class Network:
    """The network backends of a machine, by id in order of creation, and its network cards.

    `clients` are all of them, in order of creation; `option_ids` the ids of those that option lists
    made.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.netdevs: dict[str, Netdev] = {}
        self.clients: list[Netdev | Card] = []
        self.option_ids: set[str] = set()
        self._named = 0
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
        check_identifier(str(options["id"]))
        return self.add_named(options)

    def add_named(self, options: Options) -> Netdev:
        """Make a network backend whose id may be one of `next_name`; otherwise as `add`."""
        identifier, kind = str(options["id"]), str(options["type"])
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
        self.clients.append(netdev)
        if kind == "hubport" and netdev.hub not in self._hubs:
            self._hubs.append(netdev.hub)
        return netdev

    def remove(self, identifier: str) -> None:
        """Remove a network backend; raise DeviceNotFoundError when there is none of that id."""
        netdev = self.netdevs.pop(identifier, None)
        if netdev is None:
            raise DeviceNotFoundError(identifier)
        self.option_ids.discard(identifier)
        netdev.release()
        # A card keeps it as its peer, and `info network` shows it there.
        if netdev.peer is None:
            self.clients.remove(netdev)

    def next_name(self) -> str:
        """Return a name for a backend without one: a number, and two digits by chance."""
        self._named += 1
        return f"#net{self._named - 1}{random.randrange(100):02}"

    def add_port(self, hub: int, behind: Netdev | None) -> Netdev:
        """Add a port to a hub, for a card or in front of a backend."""
        number = len(self.hubs().get(hub, ()))
        port = Netdev(f"hub{hub}port{number}", "hubport")
        port.hub, port.connected = hub, behind
        self.netdevs[port.identifier] = port
        self.clients.append(port)
        if hub not in self._hubs:
            self._hubs.append(hub)
        return port

    def add_default(self) -> None:
        """Add the network of a machine that is asked for no other: a hub with a port for the card
        and one for a user network.
        """
        self.add_port(0, None)
        self.add_port(0, self.add_named({"id": self.next_name(), "type": "user"}))

    def add_card(
        self, device: Object, identifier: str, model: str, mac: str, netdev: Netdev | None
    ) -> None:
        """Add the network card of a device."""
        same = sum(isinstance(item, Card) and item.model == model for item in self.clients)
        card = Card(device, identifier or f"{model}.{same}", model, mac)
        card.peer = netdev
        if netdev is not None:
            netdev.peer = card
        self.clients.append(card)

    def remove_card(self, device: Object) -> None:
        """Remove the network card of a device that is gone."""
        for card in self.cards():
            if card.device is not device:
                continue
            self.clients.remove(card)
            peer = card.peer
            if peer is not None:
                peer.peer = None
                if self.netdevs.get(peer.identifier) is not peer:
                    self.clients.remove(peer)

    def cards(self) -> list[Card]:
        """Return the network cards."""
        return [item for item in self.clients if isinstance(item, Card)]

    def set_link(self, name: str, up: bool) -> None:
        """Plug or unplug the cable of a card or a backend; DeviceNotFoundError if there is none."""
        found = self.netdevs.get(name) or next(
            (card for card in self.cards() if card.identifier == name), None
        )
        if found is None:
            raise DeviceNotFoundError(name)
        found.is_linked = up

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
            has_host = any(port.connected is not None for port in ports)
            has_card = any(port.peer is not None for port in ports)
            lines += [
                f"hub port {port.identifier} has no peer"
                for port in reversed(ports)
                if port.connected is None and port.peer is None
            ]
            if has_host and not has_card:
                lines.append(f"hub {number} with no nics")
            if has_card and not has_host:
                lines.append(f"hub {number} is not connected to host network")
        behind = {id(port.connected) for port in self.netdevs.values() if port.connected}
        for item in self.clients:
            if isinstance(item, Card):
                if item.peer is None:
                    lines.append(f"nic {item.identifier} has no peer")
            elif item.peer is None and item.connected is None and id(item) not in behind:
                lines.append(f"netdev {item.identifier} has no peer")
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
