"""-action, -no-reboot, -no-shutdown and -watchdog-action: what a reboot and a shutdown of the guest
do to the program.
"""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import option_context
from hmp.cmdline.options import Option
from hmp.errors import ChoiceError, InvalidParameterError
from hmp.grammar.opts import parse_opts
from hmp.machine.run_state import ACTIONS

SHORT_FORMS = {"no-reboot": ("reboot", "shutdown"), "no-shutdown": ("shutdown", "pause")}


def take_action(configuration: Configuration, option: Option) -> None:
    """Take what one of the options says; what counts is the last word on each cause.

    Raises:
        ParameterError: A key is not one of QEMU's.
    """
    if option.name in SHORT_FORMS:
        given = dict([SHORT_FORMS[option.name]])
    elif option.name == "watchdog-action":
        given = {"watchdog": option.argument}
    else:
        given = {item.key: item.value for item in parse_opts(option.argument, "")}
    for key in given:
        if key not in ACTIONS:
            raise InvalidParameterError(key)
    if not configuration.actions:
        configuration.actions_location = option.location
    configuration.actions |= given


def check_actions(configuration: Configuration) -> None:
    """Check all actions together and keep them; `panic` and `watchdog` have no effect, since the
    simulated guest has neither.

    Raises:
        StartupError: One is not one of QEMU's; the first of the options is named.
    """
    with option_context(configuration.actions_location):
        for cause, choices in ACTIONS.items():
            action = configuration.actions.get(cause)
            if action is None:
                continue
            if action not in choices:
                raise ChoiceError(cause, action)
            configuration.shutdown_actions = configuration.shutdown_actions.changed(cause, action)
