"""Creates a machine from a command line, for tests, lessons and fleets."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence

from hmp.cmdline.build import build_machine
from hmp.cmdline.parser import parse_command_line
from hmp.encoding import to_latin1
from hmp.machine.machine import Machine

Arguments = str | Sequence[str]


def split_arguments(arguments: Arguments) -> list[str]:
    """Return the words of a command line; one text is split as a shell does."""
    return shlex.split(arguments) if isinstance(arguments, str) else list(arguments)


def create_machine(arguments: Arguments, to_stderr: Callable[..., None]) -> tuple[Machine, bool]:
    """Create the machine of a command line, and return it with whether it is to run.

    Arguments are words, or one text that is split as a shell does.

    Raises:
        StartupError: The command line is wrong, or the host denies the memory.
        EarlyExit: The command line asks for a text, such as -version.
    """
    words = [to_latin1(word) for word in split_arguments(arguments)]
    configuration = parse_command_line(words, to_stderr)
    return build_machine(configuration), configuration.runs_at_start
