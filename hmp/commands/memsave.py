"""memsave and pmemsave (docs/qemu-behaviour/monitor.md §7)."""

from __future__ import annotations

from collections.abc import Iterator

from hmp.commands.context import Context
from hmp.machine.memory import dump


def memsave(ctx: Context, addr: int, size: int, file: str) -> Iterator[str]:
    """Save memory at a virtual address to a file."""
    for _ in dump.save_virtual(ctx.machine, addr, size, file):
        yield ""


def pmemsave(ctx: Context, addr: int, size: int, file: str) -> Iterator[str]:
    """Save guest-physical memory to a file."""
    for _ in dump.save_physical(ctx.machine, addr, size, file):
        yield ""
