"""Commands on block nodes and drives."""

from __future__ import annotations

from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp.command import Arguments, LazyHandler, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import ANY, BOOLEAN, List


def query_block(ctx: Context, arguments: Arguments) -> object:
    """Return the drives."""
    if not ctx.machine.has_drives:
        return []
    ctx.machine.onboard.ensure()
    from hmp.machine.block.information import block_devices

    return block_devices(ctx.machine.block, arguments.get("flat", False))


def query_named_block_nodes(ctx: Context, arguments: Arguments) -> object:
    """Return the block nodes."""
    if not ctx.machine.has_drives:
        return []
    ctx.machine.onboard.ensure()
    from hmp.machine.block.information import named_nodes

    return named_nodes(ctx.machine.block, arguments.get("flat", False))


def query_blockstats(ctx: Context, arguments: Arguments) -> object:
    """Return what the drives, or all nodes, did."""
    if not ctx.machine.has_drives:
        return []
    ctx.machine.onboard.ensure()
    from hmp.machine.block.information import statistics

    return statistics(ctx.machine.block, arguments.get("query-nodes", False))


def blockdev_add(ctx: Context, arguments: Arguments) -> object:
    """Add a block node."""
    from hmp.machine.qapi.types import read_structure

    ctx.machine.block.add_node(read_structure("blockdev", QObjectVisitor(), arguments))
    return {}


def blockdev_del(ctx: Context, arguments: Arguments) -> object:
    """Remove a block node."""
    ctx.machine.block.remove_node(arguments["node-name"])
    return {}


def query_pr_managers(ctx: Context, arguments: Arguments) -> object:
    """Return the managers of reservations, each of which was there when it was made."""
    return [
        {"id": name, "connected": True}
        for name, found in ctx.machine.objects.children.items()
        if found.is_a("pr-manager")
    ]


def _refused(name: str, function: str) -> QmpCommand:
    return QmpCommand(name, LazyHandler("backends.transactions", function), is_recorded=True)


def _media(name: str, function: str) -> QmpCommand:
    return QmpCommand(name, LazyHandler("backends.media", function), is_recorded=True)


_FLAT = Parameter("flat", BOOLEAN, optional=True)
COMMANDS = (
    QmpCommand("query-block", query_block, (_FLAT,), List(ANY)),
    QmpCommand("query-named-block-nodes", query_named_block_nodes, (_FLAT,), List(ANY)),
    QmpCommand(
        "query-blockstats",
        query_blockstats,
        (Parameter("query-nodes", BOOLEAN, optional=True),),
        List(ANY),
    ),
    QmpCommand("blockdev-add", blockdev_add, allows_extra=True),
    QmpCommand("blockdev-del", blockdev_del, (Parameter("node-name"),)),
    QmpCommand("query-pr-managers", query_pr_managers, is_recorded=True),
    _refused("blockdev-reopen", "blockdev_reopen"),
    _refused("transaction", "transaction"),
    _media("eject", "eject_medium"),
    _media("blockdev-open-tray", "blockdev_open_tray"),
    _media("blockdev-close-tray", "blockdev_close_tray"),
    _media("blockdev-remove-medium", "blockdev_remove_medium"),
    _media("blockdev-insert-medium", "blockdev_insert_medium"),
    _media("blockdev-change-medium", "blockdev_change_medium"),
    _media("block_set_io_throttle", "block_set_io_throttle"),
    _media("block_resize", "block_resize"),
    _media("block-set-write-threshold", "block_set_write_threshold"),
)
