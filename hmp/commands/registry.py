"""The commands by name, for dispatch, help, completion and the manual."""

from __future__ import annotations

from hmp.commands import help as help_commands
from hmp.commands import lazy, lazy_objects, run_state, stubs
from hmp.commands.backends import lazy_drives
from hmp.commands.command import Command
from hmp.commands.guest_memory import memory
from hmp.commands.info import status
from hmp.grammar.command_line import CommandSet

_GROUPS = tuple(
    module.GROUP
    for module in (
        *(help_commands, lazy_objects, memory, lazy, lazy_drives, run_state, stubs, status),
    )
)
COMMANDS: CommandSet[Command] = CommandSet(
    {name: command for group in _GROUPS for command in group.commands for name in command.names},
    {command.names[0]: command for group in _GROUPS for command in group.info},
)
