"""balloon and info balloon (docs/qemu-behaviour/devices.md §13)."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.machine.balloon import query_balloon, set_balloon
from hmp.units import MIB


def balloon(ctx: Context, target: int) -> str:
    """Ask the guest to give memory back, or let it have more; the size is in MiB."""
    set_balloon(ctx.machine, target * MIB)
    return ""


def info_balloon(ctx: Context) -> str:
    """Show what the guest has given back leaves to it, in MiB."""
    # Towards zero, as C divides (experiment: a DIMM leaves with pages in the balloon).
    size = query_balloon(ctx.machine)
    return f"balloon: actual={abs(size) // MIB * (1 if size > 0 else -1)}\n"
