"""-action: what a reboot and a shutdown of the guest do to the program."""

from __future__ import annotations

from hmp.errors import ChoiceError, InvalidParameterError
from hmp.grammar.opts import parse_opts
from hmp.machine.run_state import ACTIONS, ShutdownActions


def parse_action(text: str, shutdown_actions: ShutdownActions) -> ShutdownActions:
    """Return the shutdown actions as a -action changes them.

    `panic` and `watchdog` are checked and ignored: the simulated guest has neither.

    Raises:
        ParameterError: A key or value is not one of QEMU's.
    """
    for item in parse_opts(text, ""):
        if item.key not in ACTIONS:
            raise InvalidParameterError(item.key)
        if item.value not in ACTIONS[item.key]:
            raise ChoiceError(item.key, item.value)
        shutdown_actions = shutdown_actions.changed(item.key, item.value)
    return shutdown_actions
