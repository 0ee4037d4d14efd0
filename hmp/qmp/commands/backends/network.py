"""netdev_add, netdev_del and query-rx-filter."""

from __future__ import annotations

from hmp.errors import InputError
from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import ANY, List


def netdev_add(ctx: Context, arguments: Arguments) -> object:
    """Make a network backend."""
    from hmp.machine.qapi.types import read_structure

    ctx.machine.net.add(read_structure("netdev", QObjectVisitor(), arguments))
    return {}


def netdev_del(ctx: Context, arguments: Arguments) -> object:
    """Remove a network backend."""
    ctx.machine.net.remove(arguments["id"])
    return {}


def query_rx_filter(ctx: Context, arguments: Arguments) -> object:
    """Return the filters of network cards, which have none here."""
    name = arguments.get("name")
    if name is not None and ctx.machine.net.find_netdev(name) is None:
        raise InputError(f"invalid net client name: {name}")
    if name is not None:
        raise InputError(f"net client({name}) isn't a NIC")
    return []


COMMANDS = (
    QmpCommand("netdev_add", netdev_add, allows_extra=True),
    QmpCommand("netdev_del", netdev_del, (Parameter("id"),)),
    QmpCommand("query-rx-filter", query_rx_filter, (Parameter("name", optional=True),), List(ANY)),
)
