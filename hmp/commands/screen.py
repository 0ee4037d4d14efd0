"""clear: wipe the terminal, as the reference does, whoever is listening.

Nothing about the machine belongs here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.commands.command import Command

if TYPE_CHECKING:
    from hmp.monitor import Monitor

HOME_AND_ERASE = "\x1b[H\x1b[2J\x1b[3J"


def clear(monitor: Monitor, arguments: list[object]) -> str:
    """Move to the upper left corner and erase screen and scrollback."""
    return HOME_AND_ERASE


COMMANDS = (Command(("clear",), (), "", "wipe the screen", clear),)
