"""transaction and blockdev-reopen, whose arguments are checked: nothing here changes what is in an
image, or which image is behind a node.
"""

from __future__ import annotations

from hmp.errors import StateError
from hmp.machine.block import unsupported
from hmp.machine.block.node import BlockOptionError, NodeError
from hmp.qmp.command import Arguments
from hmp.qmp.context import Context

# The actions that may be completed together.
GROUPED = ("blockdev-backup", "drive-backup")


class AbortedError(StateError):
    """A transaction is to be aborted."""

    def __init__(self) -> None:
        super().__init__("Transaction aborted using Abort action")


class GroupedError(StateError):
    """An action can't be completed together with others."""

    def __init__(self, action: str) -> None:
        super().__init__(
            f"Action '{action}' does not support transaction property completion-mode = grouped"
        )
        self.action = action


def transaction(ctx: Context, arguments: Arguments) -> object:
    """Fail with the first action: it aborts, or there is no such operation here."""
    is_grouped = arguments.get("properties", {}).get("completion-mode") == "grouped"
    for action in arguments["actions"]:
        if is_grouped and action["type"] not in GROUPED:
            raise GroupedError(action["type"])
        if action["type"] == "abort":
            raise AbortedError
        unsupported.refuse(ctx.machine, action["type"], action["data"])
    return {}


def blockdev_reopen(ctx: Context, arguments: Arguments) -> object:
    """Look for the nodes and refuse to open them with other options."""
    drivers = {}
    for options in arguments["options"]:
        if "node-name" not in options:
            raise BlockOptionError("node-name not specified")
        name = options["node-name"]
        node = ctx.machine.block.find_node(name)
        if node is None:
            raise NodeError(f"Failed to find node with node-name='{name}'")
        drivers[node] = options["driver"]
    if any(node.driver != driver for node, driver in drivers.items()):
        raise BlockOptionError("Cannot change the option 'driver'")
    raise unsupported.UnsupportedError(unsupported.REOPENING)
