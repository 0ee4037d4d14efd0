"""stop, cont, system_reset, system_powerdown and quit.

What the states are and what follows from them is in `hmp.machine`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.commands.command import Command
from hmp.machine.run_state import RunState

if TYPE_CHECKING:
    from hmp.monitor import Monitor


def _only(action: Callable[[RunState], None]) -> Callable[[Monitor, list[object]], str]:
    """The handler of a command that does this and says nothing."""

    def handler(monitor: Monitor, arguments: list[object]) -> str:
        action(monitor.machine.run_state)
        return ""

    return handler


COMMANDS = (
    Command(("cont", "c"), (), "", "let the machine run", _only(RunState.start)),
    Command(("quit", "q"), (), "", "end the program", _only(RunState.quit)),
    Command(("stop", "s"), (), "", "pause the machine", _only(RunState.stop)),
    Command(("system_powerdown",), (), "", "press the power button", _only(RunState.power_down)),
    Command(("system_reset",), (), "", "reset the machine", _only(RunState.reset)),
)
