"""Which options make no sense for a machine under test, by what it runs in."""

from __future__ import annotations

from hmp.cmdline.factory import Arguments, split_arguments
from hmp.cmdline.options import tokenize
from hmp.testing.errors import OptionError

DEFAULT_ARGUMENTS = "-m 1G,slots=4,maxmem=8G"
# They leave at once, or make something else than one machine that a test can hold.
_NO_MACHINE = {"h", "help", "version", "completion", "write-config", "fleet", "play", "daemonize"}
_CONSOLE = {"record", "speed", "plain", "pidfile", "exit-on-error"}
_MONITORS = {"monitor", "qmp", "qmp-pretty", "mon", "serial", "parallel", "gdb", "s"}
IN_PROCESS = _NO_MACHINE | _CONSOLE | _MONITORS
"""Options of no use in this process without sockets: nothing would serve them."""
SERVED = _NO_MACHINE | _CONSOLE
PROCESS = _NO_MACHINE | {"play", "record", "speed"}


def check_options(arguments: Arguments, senseless: set[str]) -> None:
    """Raise OptionError for an option that makes no sense here.

    Raises:
        StartupError: There is no such option.
    """
    __tracebackhide__ = True
    for option in tokenize(split_arguments(arguments)):
        if option.name in senseless:
            raise OptionError(f"{option.typed} makes no sense for this kind of machine")
