"""stop, cont, system_reset, system_powerdown and quit.

What the states are and what follows from them is in `hmp.machine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.commands.command import Command

if TYPE_CHECKING:
    from hmp.monitor import Monitor


def stop(monitor: Monitor, arguments: list[object]) -> str:
    """Pause the machine."""
    monitor.machine.run_state.stop()
    return ""


def cont(monitor: Monitor, arguments: list[object]) -> str:
    """Let the machine run."""
    monitor.machine.run_state.start()
    return ""


def system_reset(monitor: Monitor, arguments: list[object]) -> str:
    """Reset the machine."""
    monitor.machine.run_state.reset()
    return ""


def system_powerdown(monitor: Monitor, arguments: list[object]) -> str:
    """Press the power button."""
    monitor.machine.run_state.power_down()
    return ""


def leave(monitor: Monitor, arguments: list[object]) -> str:
    """End the program after this reply."""
    monitor.machine.run_state.quit()
    return ""


COMMANDS = (
    Command(("cont", "c"), (), "", "let the machine run", cont),
    Command(("quit", "q"), (), "", "end the program", leave),
    Command(("stop", "s"), (), "", "pause the machine", stop),
    Command(("system_powerdown",), (), "", "press the power button", system_powerdown),
    Command(("system_reset",), (), "", "reset the machine", system_reset),
)
