"""Commands on drives: adding and removing them, their media, limits and sizes."""

from __future__ import annotations

from typing import NoReturn

from hmp.commands.context import Context
from hmp.errors import DuplicateIdError, StateError
from hmp.grammar.opts import parse_opts, short_form_warning
from hmp.machine.block import limits, media
from hmp.machine.block.drive import add_drive
from hmp.machine.block.node import BlockOptionError
from hmp.machine.qapi.types import read_structure
from hmp.machine.qom.visitors import KeyvalVisitor

# Of each interface the number by which QEMU names it (experiment).
INTERFACE_NUMBERS = {"ide": 1, "scsi": 2, "floppy": 3, "pflash": 4, "mtd": 5, "sd": 6, "virtio": 7}


def drive_add(ctx: Context, node: bool, pci_addr: str, opts: str) -> str:
    """Add a drive that no device is attached to, or a node."""
    given: dict[str, str] = {}
    for item in parse_opts(opts, ""):
        if item.short_form:
            for line in short_form_warning(item):
                ctx.machine.emit_output(line)
        given.setdefault(item.key, item.value)
    if node:
        _add_node(ctx, given)
        return ""
    if given.get("id") in ctx.machine.block.backends:
        raise StateError(DuplicateIdError(given["id"], "drive").message, prefix=False)
    backend = add_drive(ctx.machine, given, ctx.machine.emit_output)
    if backend.place.interface != "none":
        ctx.machine.block.remove_backend(backend.name)
        number = INTERFACE_NUMBERS.get(backend.place.interface, 0)
        raise StateError(f"Can't hot-add drive to type {number}")
    return "OK\n"


def _add_node(ctx: Context, given: dict[str, str]) -> None:
    if "node-name" not in given:
        raise BlockOptionError("'node-name' needs to be specified")
    options = read_structure("blockdev", KeyvalVisitor(), dict(given))
    ctx.machine.block.add_node(options)


def drive_del(ctx: Context, id: str) -> str:
    """Remove a drive or a node."""
    ctx.machine.block.remove_backend(id)
    return ""


def eject(ctx: Context, force: bool, device: str) -> str:
    """Take the medium out of a drive."""
    media.eject(ctx.machine, media.find_drive(ctx.machine, device, None), device)
    return ""


def change(
    ctx: Context,
    device: str,
    force: bool,
    target: str,
    arg: str | None,
    read_only_mode: str | None,
) -> str:
    """Put an image into a drive, in place of what is there."""
    if device == "vnc":
        _change_vnc(target)
    mode = read_only_mode or media.RETAIN
    if mode not in media.READ_ONLY_MODES:
        raise BlockOptionError(f"invalid parameter value: {mode}")
    backend = media.find_drive(ctx.machine, device, None)
    media.change_medium(ctx.machine, backend, device, target, arg or "", mode)
    return ""


def _change_vnc(target: str) -> NoReturn:
    if target not in ("passwd", "password"):
        raise StateError("Expected 'password' after 'vnc'")
    raise StateError("terminal does not support password prompting", prefix=False)


def block_resize(ctx: Context, device: str, size: int) -> str:
    """Give a drive another size."""
    limits.resize(ctx.machine.block, limits.find_node(ctx.machine, device, ""), size)
    return ""


def block_set_io_throttle(ctx: Context, device: str, **rates: int) -> str:
    """Limit a drive, which is named by its device as well."""
    graph = ctx.machine.block
    backend = graph.find_backend(device) or media.drive_of_device(ctx.machine, device)
    limits.set_limits(graph, backend, device, limits.limits_from(rates))
    return ""
