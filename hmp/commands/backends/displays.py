"""info vnc and screendump."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.machine.vnc import describe_displays, refuse_screendump


def info_vnc(ctx: Context) -> str:
    """Show the VNC displays."""
    return describe_displays(ctx.machine.vnc_displays)


def screendump(ctx: Context, filename: str, device: str | None, head: int | None) -> str:
    """Refuse: nothing is drawn."""
    refuse_screendump(ctx.machine, device, head is not None)
    return ""
