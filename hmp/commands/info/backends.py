"""info iothreads: objects that have nothing to do with memory."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.machine.objects.event_loops import io_threads


def info_iothreads(ctx: Context) -> str:
    """List the I/O threads with their settings."""
    lines = []
    for thread in io_threads(ctx.machine):
        lines.append(f"{thread.name}:")
        lines += [f"  {key.replace('-id', '_id')}={value}" for key, value in thread.info().items()]
    return "".join(f"{line}\n" for line in lines)
