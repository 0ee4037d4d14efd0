"""query-mice, input-send-event and inject-nmi."""

from __future__ import annotations

from hmp.errors import StateError
from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.context import Context


def query_mice(ctx: Context, arguments: Arguments) -> object:
    """Return the mice and tablets."""
    from hmp.machine.mice import find_mice

    mice = find_mice(ctx.machine)
    return [
        {
            "index": mouse.number,
            "name": mouse.name,
            "current": mouse is mice[-1],
            "absolute": mouse.is_absolute,
        }
        for mouse in mice
    ]


def input_send_event(ctx: Context, arguments: Arguments) -> object:
    """Take what a keyboard or mouse would do, which no guest reads."""
    device = arguments.get("device")
    if device is not None and ctx.machine.root.resolve_path(device) is None:
        raise StateError(f"Device '{device}' not found")
    if ctx.machine.run_state.name != "running":
        raise StateError("VM not running")
    return {}


def inject_nmi(ctx: Context, arguments: Arguments) -> object:
    """Inject an NMI, which no CPU takes."""
    ctx.machine.run_state.inject_nmi()
    return {}


COMMANDS = (
    QmpCommand("inject-nmi", inject_nmi, is_recorded=True),
    QmpCommand("query-mice", query_mice, is_recorded=True),
    QmpCommand("input-send-event", input_send_event, is_recorded=True),
)
