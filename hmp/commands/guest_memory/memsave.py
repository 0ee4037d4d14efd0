"""memsave and pmemsave (docs/qemu-behaviour/monitor.md §7), dump-guest-memory and info dump
(docs/qemu-behaviour/dump.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from hmp.commands.context import Context
from hmp.errors import InputError
from hmp.machine.guest_dump.request import ELF, WIN_DMP, DumpRequest, DumpStatus
from hmp.machine.memory import dump


def memsave(ctx: Context, addr: int, size: int, file: str) -> Iterator[str]:
    """Save memory at a virtual address to a file."""
    for _ in dump.save_virtual(ctx.machine, addr, size, file):
        yield ""


def pmemsave(ctx: Context, addr: int, size: int, file: str) -> Iterator[str]:
    """Save guest-physical memory to a file."""
    for _ in dump.save_physical(ctx.machine, addr, size, file):
        yield ""


def dump_guest_memory(
    ctx: Context,
    paging: bool,
    detach: bool,
    zlib: bool,
    lzo: bool,
    snappy: bool,
    windows: bool,
    raw: bool,
    file: str,
    begin: int | None,
    length: int | None,
) -> Iterator[str]:
    """Dump guest memory into a file."""
    chosen = [
        kind
        for kind, given in (("zlib", zlib), ("lzo", lzo), ("snappy", snappy), (WIN_DMP, windows))
        if given
    ]
    if len(chosen) > 1:
        raise InputError("only one of '-z|-l|-s|-w' can be set")
    kind = chosen[0] if chosen else ELF
    if kind not in (ELF, WIN_DMP):
        kind = f"kdump-raw-{kind}" if raw else f"kdump-{kind}"
    # A length of -1 counts as none (experiment).
    length = None if length == -1 else length
    request = DumpRequest(kind, paging, begin, length, detach)
    for _ in ctx.machine.guest_dump.start(request, file):
        yield ""


def info_dump(ctx: Context) -> str:
    """Show how far the last dump got."""
    last = ctx.machine.guest_dump
    text = f"Status: {last.status.value}\n"
    if last.status is DumpStatus.ACTIVE:
        text += f"Finished: {100 * last.done / last.total:.2f} %\n"
    return text
