"""log, logfile, trace-event and info trace-events: what would be logged, and where to."""

from __future__ import annotations

from hmp.commands.command import read_switch
from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.machine.tracing.events import events_help
from hmp.machine.tracing.log import ITEMS, UnknownLogItemError, asks_for_events, items_help

NONE = "none"
_ALL_ITEMS = {NONE: "log nothing more", **ITEMS}


def log(ctx: Context, items: str) -> str:
    """Choose what is logged; with a wrong item show the list of them."""
    if items == NONE:
        ctx.machine.log.log_nothing()
    elif asks_for_events(items):
        return events_help()
    else:
        try:
            ctx.machine.log.set(items, None, ctx.machine.warn)
        except UnknownLogItemError:
            first, *others = items_help("log", _ALL_ITEMS).removesuffix("\n").split("\n")
            raise StateError(first, *others, prefix=False) from None
    return ""


def logfile(ctx: Context, filename: str) -> str:
    """Log into another file."""
    ctx.machine.log.set(None, filename, ctx.machine.warn)
    return ""


def trace_event(ctx: Context, name: str, option: str | None, vcpu: int | None) -> str:
    """Switch events on or off; one that QEMU does not have stays off."""
    enable = read_switch("trace-event", option)
    ctx.machine.log.events.switch(name, enable, ignore_unavailable=True)
    return ""


def info_trace_events(ctx: Context, name: str | None, vcpu: int | None) -> str:
    """Show which events are on."""
    events = ctx.machine.log.events
    names = events.find("*" if name is None else name)
    return "".join(f"{item} : state {int(events.is_enabled(item))}\n" for item in names)
