"""stop, cont, system_reset, system_powerdown, quit and query-status.

What the states are and what follows from them is in `hmp.machine.run_state`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.types import BOOLEAN, Enumeration, Structure

if TYPE_CHECKING:
    from hmp.qmp.session import Session

STATES = Enumeration.of(
    "debug inmigrate internal-error io-error paused postmigrate prelaunch finish-migrate restore-vm "
    "running save-vm shutdown suspended watchdog guest-panicked colo")


def query_status(session: Session, arguments: Arguments) -> object:
    """Whether the machine runs."""
    state = session.machine.run_state
    return {"status": state.name, "running": state.is_running}


def stop(session: Session, arguments: Arguments) -> object:
    """Pause the machine."""
    session.machine.run_state.stop()
    return {}


def cont(session: Session, arguments: Arguments) -> object:
    """Let the machine run."""
    session.machine.run_state.start()
    return {}


def system_reset(session: Session, arguments: Arguments) -> object:
    """Reset the machine."""
    session.machine.run_state.reset()
    return {}


def system_powerdown(session: Session, arguments: Arguments) -> object:
    """Press the power button."""
    session.machine.run_state.power_down()
    return {}


def leave(session: Session, arguments: Arguments) -> object:
    """End the program after this reply."""
    session.machine.run_state.quit()
    return {}


COMMANDS = (
    QmpCommand("query-status", query_status, (), Structure({"running": BOOLEAN, "status": STATES})),
    QmpCommand("stop", stop),
    QmpCommand("cont", cont),
    QmpCommand("system_reset", system_reset),
    QmpCommand("system_powerdown", system_powerdown),
    QmpCommand("quit", leave),
)
