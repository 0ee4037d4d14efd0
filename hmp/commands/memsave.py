"""memsave and pmemsave (docs/qemu-behaviour/monitor.md §7)."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.machine.memory import dump


def memsave(ctx: Context, addr: int, size: int, file: str) -> str:
    """Save memory at a virtual address to a file."""
    dump.save_virtual(ctx.machine, addr, size, file)
    return ""


def pmemsave(ctx: Context, addr: int, size: int, file: str) -> str:
    """Save guest-physical memory to a file."""
    dump.save_physical(ctx.machine, addr, size, file)
    return ""
