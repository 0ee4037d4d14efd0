"""memsave and pmemsave; how memory gets into a file is in `hmp.machine.saving`."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.machine import saving


def memsave(ctx: Context, addr: int, size: int, file: str) -> str:
    """Save memory at a virtual address to a file."""
    saving.save_virtual(ctx.machine, addr, size, file)
    return ""


def pmemsave(ctx: Context, addr: int, size: int, file: str) -> str:
    """Save guest-physical memory to a file."""
    saving.save_physical(ctx.machine, addr, size, file)
    return ""
