"""stop, cont, system_reset, system_powerdown, quit and query-status."""

from __future__ import annotations

from collections.abc import Callable

from hmp.machine.run_state import RunState
from hmp.qmp.command import Arguments, Handler, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import BOOLEAN, Enumeration, Structure

# Every run state of QEMU, as its schema lists them; here there are four.
STATES = Enumeration.of(
    "debug inmigrate internal-error io-error paused postmigrate prelaunch finish-migrate "
    "restore-vm running save-vm shutdown suspended watchdog guest-panicked colo"
)


def query_status(ctx: Context, arguments: Arguments) -> object:
    """Return the run state."""
    state = ctx.machine.run_state
    return {"status": state.name, "running": state.is_running}


def _state_command(action: Callable[[RunState], None]) -> Handler:
    """Return the handler of a command that runs an action and returns nothing."""

    def handler(ctx: Context, arguments: Arguments) -> object:
        action(ctx.machine.run_state)
        return {}

    return handler


COMMANDS = (
    QmpCommand("query-status", query_status, (), Structure({"running": BOOLEAN, "status": STATES})),
    QmpCommand("stop", _state_command(RunState.stop)),
    QmpCommand("cont", _state_command(RunState.start)),
    QmpCommand("system_reset", _state_command(RunState.reset)),
    QmpCommand("system_powerdown", _state_command(RunState.power_down)),
    QmpCommand("quit", _state_command(RunState.quit)),
)
