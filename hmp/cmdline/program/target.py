"""Check what is beside `-connect`: the machine is QEMU's, so that options of one make no sense."""

from __future__ import annotations

from hmp.cmdline.errors import StartupError
from hmp.cmdline.options import CONSOLE_HELP, Option
from hmp.cmdline.program.scripts import is_of_script
from hmp.settings.options import SWITCHES

BESIDE_TARGET = frozenset(
    (
        "connect",
        "write",
        "force",
        "exit-on-error",
        *SWITCHES,
        "record",
        "write-config",
        *CONSOLE_HELP,
    )
)
"""Options that are about the connection, the console and scripts."""
ONLY_WITH_TARGET = ("write", "force")


def check_target_options(options: list[Option]) -> None:
    """Raise StartupError for an option that does not go with the others."""
    has_target = any(option.name == "connect" for option in options)
    for option in options:
        if has_target and option.name not in BESIDE_TARGET and not is_of_script(option):
            raise StartupError(
                f"{option.location}: -connect shows the machine of a running QEMU, and makes none"
            )
        if not has_target and option.name in ONLY_WITH_TARGET:
            raise StartupError(f"{option.location}: only with -connect")
