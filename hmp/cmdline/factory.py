"""A machine from the words of a command line, for those who want one and not a program: tests,
lessons, fleets.

What the words mean is in `command_line.py` and `build.py`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from hmp.cmdline.build import build_machine
from hmp.cmdline.parser import parse_command_line
from hmp.encoding import to_latin1
from hmp.machine.machine import Machine

Arguments = str | Sequence[str]


def create_machine(arguments: Arguments, to_stderr: Callable[..., None]) -> tuple[Machine, bool]:
    """A machine as the command line makes it, and whether it is to run; StartupError when it can't
    be.

    Arguments are words, or one text that is split as a shell does.
    """
    words = shlex.split(arguments) if isinstance(arguments, str) else arguments
    configuration = parse_command_line([to_latin1(word) for word in words], to_stderr)
    return build_machine(configuration), not configuration.stopped
