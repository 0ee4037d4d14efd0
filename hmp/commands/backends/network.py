"""netdev_add, netdev_del, hostfwd_add, hostfwd_remove and info network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hmp.commands.command import read_switch
from hmp.commands.context import Context
from hmp.errors import HmpError, InputError, MissingParameterError
from hmp.grammar.errors import DuplicateOptionIdError
from hmp.grammar.opts import Option, find_id
from hmp.machine.net.netdev import Card, Netdev
from hmp.machine.net.network import Network
from hmp.machine.net.options import read_options
from hmp.machine.net.user import add_forwarding, remove_forwarding


def netdev_add(ctx: Context, options: list[Option] | None) -> str:
    """Make a network backend from an option list."""
    items = options or []
    net, named = ctx.machine.net, find_id(items)
    if named is None:
        # -netdev asks for the type first.
        raise MissingParameterError("id")
    if named.value in net.option_ids:
        raise DuplicateOptionIdError(str(named.value), "netdev")
    netdev = net.add(read_options(items))
    net.option_ids.add(netdev.identifier)
    return ""


def netdev_del(ctx: Context, id: str) -> str:
    """Remove a network backend."""
    ctx.machine.net.remove(id)
    return ""


def hostfwd_add(ctx: Context, first: str, second: str | None) -> str:
    """Listen on a port for a network of the type user: of an id, or the first."""
    name, rule = (first, second) if second is not None else (None, first)
    with _plain_errors():
        add_forwarding(ctx.machine.net.user(name), rule)
    return ""


def hostfwd_remove(ctx: Context, first: str, second: str | None) -> str:
    """Stop listening on a port."""
    name, rule = (first, second) if second is not None else (None, first)
    with _plain_errors():
        found = remove_forwarding(ctx.machine.net.user(name), rule)
    return f"host forwarding rule for {rule} {'removed' if found else 'not found'}\n"


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Print errors without `Error: `, as QEMU prints those of hostfwd."""
    try:
        yield
    except HmpError as error:
        raise InputError(error.message, *error.hints, prefix=False) from None


def info_network(ctx: Context) -> str:
    """List the hubs with their ports, then the other backends and cards."""
    machine = ctx.machine
    if "net" not in machine.__dict__ and not machine.onboard.has_default_network:
        return ""
    machine.onboard.ensure()
    return "".join(f"{line}\n" for line in _lines(machine.net))


def _lines(net: Network) -> list[str]:
    lines: list[str] = []
    behind: set[object] = set()
    for number, ports in net.hubs().items():
        lines.append(f"hub {number}")
        for port in reversed(ports):
            client = port.connected or port.peer
            behind.add(client)
            lines.append(f" \\ {port.identifier}{f': {_text(client)}' if client else ''}")
    for item in net.clients:
        if item in behind or item.kind == "hubport":
            continue
        if isinstance(item, Card):
            lines.append(_text(item))
            if item.peer is not None:
                lines.append(f" \\ {_text(item.peer)}")
        elif item.peer is None:
            lines.append(_text(item))
    return lines


def _text(item: Card | Netdev) -> str:
    return f"{item.identifier}: index=0,type={item.kind},{item.info}"


def announce_self(ctx: Context, interfaces: str | None, id: str | None) -> str:
    """Announce nothing: there is no network."""
    return ""


def set_link(ctx: Context, name: str, up: str | None) -> str:
    """Plug or unplug the cable of a network card or backend."""
    is_up = read_switch("set_link", up)
    ctx.machine.onboard.ensure()
    ctx.machine.net.set_link(name, is_up)
    return ""
