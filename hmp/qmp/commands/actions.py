"""set-action and watchdog-set-action: what a reset, a shutdown, a panic or a watchdog does."""

from __future__ import annotations

from hmp.machine.run_state import ACTIONS
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import Enumeration


def set_action(ctx: Context, arguments: Arguments) -> object:
    """Set what is given; of panics and watchdogs there are none."""
    state = ctx.machine.run_state
    for cause, action in arguments.items():
        state.shutdown_actions = state.shutdown_actions.changed(cause, action)
    return {}


def watchdog_set_action(ctx: Context, arguments: Arguments) -> object:
    """Do nothing but check the action: there is no watchdog."""
    return {}


COMMANDS = (
    QmpCommand(
        "set-action",
        set_action,
        tuple(
            Parameter(cause, Enumeration(words), optional=True) for cause, words in ACTIONS.items()
        ),
    ),
    QmpCommand(
        "watchdog-set-action",
        watchdog_set_action,
        (Parameter("action", Enumeration(ACTIONS["watchdog"])),),
    ),
)
