"""stop, cont, system_reset, system_powerdown, quit and query-status.

What the states are and what follows from them is in `hmp.machine.run_state`.
"""

from __future__ import annotations

from collections.abc import Callable

from hmp.machine.run_state import RunState
from hmp.qmp.command import Arguments, Handler, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import BOOLEAN, Enumeration, Structure

STATES = Enumeration.of(
    "debug inmigrate internal-error io-error paused postmigrate prelaunch finish-migrate "
    "restore-vm "
    "running save-vm shutdown suspended watchdog guest-panicked colo"
)


def query_status(ctx: Context, arguments: Arguments) -> object:
    """Whether the machine runs."""
    state = ctx.machine.run_state
    return {"status": state.name, "running": state.is_running}


def _only(action: Callable[[RunState], None]) -> Handler:
    """The handler of a command that does this and returns nothing."""

    def handler(ctx: Context, arguments: Arguments) -> object:
        action(ctx.machine.run_state)
        return {}

    return handler


COMMANDS = (
    QmpCommand("query-status", query_status, (), Structure({"running": BOOLEAN, "status": STATES})),
    QmpCommand("stop", _only(RunState.stop)),
    QmpCommand("cont", _only(RunState.start)),
    QmpCommand("system_reset", _only(RunState.reset)),
    QmpCommand("system_powerdown", _only(RunState.power_down)),
    QmpCommand("quit", _only(RunState.quit)),
)
