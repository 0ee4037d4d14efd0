"""Commands on the drives of a running machine: trays and media, limits, sizes."""

from __future__ import annotations

from collections.abc import Callable

from hmp.errors import StateError
from hmp.machine.block.graph import Backend
from hmp.machine.block.limits import find_node, limits_from, resize, set_limits
from hmp.machine.block.media import (
    RETAIN,
    change_medium,
    close_tray,
    eject,
    find_drive,
    insert_medium,
    open_tray,
    remove_medium,
)
from hmp.machine.machine import Machine
from hmp.qmp.command import Arguments
from hmp.qmp.context import Context


def _find(ctx: Context, arguments: Arguments) -> tuple[Backend, str]:
    """Return the drive of `device` or `id`, and how it was named."""
    name, identifier = arguments.get("device"), arguments.get("id")
    backend = find_drive(ctx.machine, name, identifier)
    return backend, str(identifier if name is None else name)


def _on_drive(operation: Callable[[Machine, Backend, str], None]) -> Callable[..., object]:
    """Return the handler that does something to the drive that is named."""

    def handle(ctx: Context, arguments: Arguments) -> object:
        operation(ctx.machine, *_find(ctx, arguments))
        return {}

    return handle


eject_medium = _on_drive(eject)
blockdev_open_tray = _on_drive(open_tray)
blockdev_close_tray = _on_drive(close_tray)
blockdev_remove_medium = _on_drive(remove_medium)


def blockdev_insert_medium(ctx: Context, arguments: Arguments) -> object:
    """Put a node into the open drive of a device."""
    backend = find_drive(ctx.machine, None, arguments["id"])
    insert_medium(ctx.machine, backend, arguments["node-name"])
    return {}


def blockdev_change_medium(ctx: Context, arguments: Arguments) -> object:
    """Put an image into a drive, in place of what is there."""
    backend, name = _find(ctx, arguments)
    change_medium(
        ctx.machine,
        backend,
        name,
        arguments["filename"],
        arguments.get("format", ""),
        arguments.get("read-only-mode", RETAIN),
    )
    return {}


def block_set_io_throttle(ctx: Context, arguments: Arguments) -> object:
    """Limit a drive."""
    backend, name = _find(ctx, arguments)
    set_limits(ctx.machine.block, backend, arguments.get("group", name), limits_from(arguments))
    return {}


def block_resize(ctx: Context, arguments: Arguments) -> object:
    """Give a node another size."""
    node = find_node(ctx.machine, arguments.get("device", ""), arguments.get("node-name", ""))
    resize(ctx.machine.block, node, arguments["size"])
    return {}


def block_set_write_threshold(ctx: Context, arguments: Arguments) -> object:
    """Set the offset of a write that QEMU would report; none is made."""
    name = arguments["node-name"]
    node = ctx.machine.block.find_node(name)
    if node is None:
        raise StateError(f"Device '{name}' not found")
    node.write_threshold = arguments["write-threshold"]
    return {}
