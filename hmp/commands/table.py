"""The one table of commands, from which dispatch, help and completion are made.

Records and handlers stand in the modules beside; this file only gathers them.
"""

from __future__ import annotations

from hmp.commands import absent_parts, info, later, memory, objects, qom, run_state, screen
from hmp.commands import help as help_commands
from hmp.commands.command import Command

_ALL = (help_commands.COMMANDS, objects.COMMANDS, qom.COMMANDS, memory.COMMANDS, later.COMMANDS, run_state.COMMANDS,
        screen.COMMANDS, absent_parts.COMMANDS)

COMMANDS: dict[str, Command] = {name: command for room in _ALL for command in room for name in command.names}
_ALL_INFO = (*info.INFO_COMMANDS, *qom.INFO_COMMANDS, *later.INFO_COMMANDS,
             *absent_parts.INFO_COMMANDS)
INFO: dict[str, Command] = {command.names[0]: command for command in _ALL_INFO}
