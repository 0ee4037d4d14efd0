"""-action: what a reboot and a shutdown of the guest do to the program."""

from __future__ import annotations

from hmp.errors import ChoiceError, InvalidParameterError
from hmp.grammar.opts import parse_opts
from hmp.machine.run_state import ShutdownActions

_CHOICES = {
    "reboot": ("reset", "shutdown"),
    "shutdown": ("poweroff", "pause"),
    "panic": ("pause", "shutdown", "exit-failure", "none"),
    "watchdog": ("reset", "shutdown", "poweroff", "pause", "debug", "none", "inject-nmi"),
}


def parse_action(text: str, shutdown_actions: ShutdownActions) -> ShutdownActions:
    """Return the shutdown actions as a -action changes them.

    `panic` and `watchdog` are checked and ignored: the simulated guest has neither.

    Raises:
        ParameterError: A key or value is not one of QEMU's.
    """
    for item in parse_opts(text, ""):
        if item.key not in _CHOICES:
            raise InvalidParameterError(item.key)
        if item.value not in _CHOICES[item.key]:
            raise ChoiceError(item.key, item.value)
        if item.key == "reboot":
            shutdown_actions = shutdown_actions._replace(exit_on_reset=item.value == "shutdown")
        elif item.key == "shutdown":
            shutdown_actions = shutdown_actions._replace(pause_on_shutdown=item.value == "pause")
    return shutdown_actions
