"""netdev_add, netdev_del and query-rx-filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import InputError
from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import ANY, BOOLEAN, List

if TYPE_CHECKING:
    from hmp.machine.net.netdev import Card

VLANS = 4096


def netdev_add(ctx: Context, arguments: Arguments) -> object:
    """Make a network backend."""
    from hmp.machine.qapi.types import read_structure

    ctx.machine.net.add(read_structure("netdev", QObjectVisitor(), arguments))
    return {}


def netdev_del(ctx: Context, arguments: Arguments) -> object:
    """Remove a network backend."""
    ctx.machine.net.remove(arguments["id"])
    return {}


def set_link(ctx: Context, arguments: Arguments) -> object:
    """Plug or unplug the cable of a network card or backend."""
    ctx.machine.onboard.ensure()
    ctx.machine.net.set_link(arguments["name"], arguments["up"])
    return {}


def query_rx_filter(ctx: Context, arguments: Arguments) -> object:
    """Return the filters of virtio network cards, which let all through at the start."""
    ctx.machine.onboard.ensure()
    net = ctx.machine.net
    name = arguments.get("name")
    cards = [card for card in net.cards() if name in (None, card.identifier)]
    if name is not None and not cards:
        if net.find_netdev(name) is None:
            raise InputError(f"invalid net client name: {name}")
        raise InputError(f"net client({name}) isn't a NIC")
    filtered = [card for card in cards if card.model.startswith("virtio-net")]
    if name is not None and not filtered:
        raise InputError(f"net client({name}) doesn't support rx-filter querying")
    return [_filter_of(card) for card in filtered]


def _filter_of(card: Card) -> dict[str, object]:
    return {
        "promiscuous": True,
        "name": card.identifier,
        "main-mac": card.mac,
        "unicast": "normal",
        "vlan": "all",
        "vlan-table": list(reversed(range(VLANS))),
        "unicast-table": [],
        "multicast": "normal",
        "multicast-overflow": False,
        "unicast-overflow": False,
        "multicast-table": [],
        "broadcast-allowed": False,
    }


COMMANDS = (
    QmpCommand("netdev_add", netdev_add, allows_extra=True),
    QmpCommand("netdev_del", netdev_del, (Parameter("id"),)),
    QmpCommand("set_link", set_link, (Parameter("name"), Parameter("up", BOOLEAN))),
    QmpCommand("query-rx-filter", query_rx_filter, (Parameter("name", optional=True),), List(ANY)),
)
