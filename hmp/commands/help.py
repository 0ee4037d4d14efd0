"""help in all its forms, over the one table of commands (spec/monitor.md section 3).

No command's text stands here but that of help itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.commands import command as kinds
from hmp.commands.command import Command, Described
from hmp.errors import StateError
from hmp.grammar import words

if TYPE_CHECKING:
    from hmp.monitor import Monitor

MAX_WORDS = 16


def help_line(command: Described, prefix: str = "") -> str:
    """One line of help."""
    return f"{prefix}{command.title} {command.parameters} -- {command.help}\n"


def listing(commands: dict[str, Command], prefix: str = "") -> str:
    """Every command of a table, sorted by name, each once."""
    unique = {command.names[0]: command for command in commands.values()}
    return "".join(help_line(unique[name], prefix) for name in sorted(unique))


def split(text: str) -> list[str] | None:
    """The words of a help line; None when they can't be read or are too many."""
    found: list[str] = []
    at = 0
    try:
        while (word := words.read_word(text, at)) is not None:
            found.append(word.value)
            at = word.end
    except words.QuotingError:
        return None
    return found if len(found) <= MAX_WORDS else None


def show(monitor: Monitor, arguments: list[object]) -> str:
    """Help on everything, on a command, or on an info subcommand."""
    from hmp.commands.table import COMMANDS, INFO

    asked = split(str(arguments[0]))
    if asked is None:
        return ""
    if not asked:
        return listing(COMMANDS)
    if asked[0] == "info":
        if len(asked) == 1:
            return listing(INFO, "info ")
        found = INFO.get(asked[1])
        if found is None:
            raise StateError(f"unknown command: 'info {asked[1]}'", prefix=False)
        return help_line(found, "info ")
    command = COMMANDS.get(asked[0])
    if command is None:
        raise StateError(f"unknown command: '{asked[0]}'", prefix=False)
    return help_line(command)


def info(monitor: Monitor, arguments: list[object]) -> str:
    """The info subcommands: what plain `info` shows."""
    from hmp.commands.table import INFO

    return listing(INFO, "info ")


COMMANDS = (
    Command(("help", "?"), (kinds.OPTIONAL_REST,), "[cmd]", "show this help", show, ("commands",)),
    Command(("info",), (kinds.OPTIONAL_REST,), "[subcommand]", "show the state of something", info, ("info",)),
)
