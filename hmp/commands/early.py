"""The commands that are there before a machine with --preconfig is made (experiment: each command
and each subcommand of info).
"""

from __future__ import annotations

from hmp.commands.command import Command
from hmp.errors import StateError
from hmp.grammar.command_line import CommandSet

COMMANDS = frozenset(
    ("clear", "closefd", "exit_preconfig", "getfd", "help", "info", "netdev_add", "netdev_del")
    + ("object_add", "object_del", "qom-get", "qom-list", "qom-set", "quit")
)
INFO = frozenset(
    ("chardev", "history", "hotpluggable-cpus", "iothreads", "memdev", "name", "qom-tree")
    + ("status", "uuid", "version")
)


class NotInitializedError(StateError):
    """The command is there once the machine is made."""

    def __init__(self, command: str) -> None:
        super().__init__(
            f"Command '{command}' not available until machine initialization has completed.",
            prefix=False,
        )
        self.command = command


def early_commands(commands: CommandSet[Command]) -> CommandSet[Command]:
    """Return those of the commands that are there before the machine is made."""
    return CommandSet(
        {
            name: command
            for name, command in commands.commands.items()
            if command.names[0] in COMMANDS
        },
        {name: command for name, command in commands.info.items() if name in INFO},
    )
