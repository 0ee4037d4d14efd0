"""The one table of commands, from which dispatch, help and completion are made.

Records and handlers stand in the modules beside; this file only gathers them.
"""

from __future__ import annotations

from hmp.commands import help as help_commands
from hmp.commands import info, memory, objects, qom, run_state
from hmp.commands.command import Command

_ALL = (help_commands.COMMANDS, objects.COMMANDS, qom.COMMANDS, memory.COMMANDS, run_state.COMMANDS)

COMMANDS: dict[str, Command] = {name: command for room in _ALL for command in room for name in command.names}
INFO: dict[str, Command] = {command.names[0]: command for command in (*info.INFO_COMMANDS, *qom.INFO_COMMANDS)}
