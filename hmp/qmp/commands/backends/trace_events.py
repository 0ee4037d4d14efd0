"""The trace events, which can be switched on and off; nothing is traced."""

from __future__ import annotations

from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.context import Context


def get_state(ctx: Context, arguments: Arguments) -> object:
    """Return the state of events."""
    from hmp.machine.tracing.events import is_available

    events = ctx.machine.log.events

    def state(name: str) -> str:
        if not is_available(name):
            return "unavailable"
        return "enabled" if events.is_enabled(name) else "disabled"

    return [{"name": name, "state": state(name)} for name in events.find(str(arguments["name"]))]


def set_state(ctx: Context, arguments: Arguments) -> object:
    """Switch events on or off."""
    ctx.machine.log.events.switch(
        str(arguments["name"]),
        bool(arguments["enable"]),
        bool(arguments.get("ignore-unavailable", False)),
    )
    return {}


COMMANDS = (
    QmpCommand("trace-event-get-state", get_state, is_recorded=True),
    QmpCommand("trace-event-set-state", set_state, is_recorded=True),
)
