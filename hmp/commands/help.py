"""help and plain info (docs/qemu-behaviour/monitor.md §3)."""

from __future__ import annotations

from collections.abc import Mapping

from hmp.commands.command import Command, CommandGroup
from hmp.commands.context import Context
from hmp.grammar.command_line import CommandInfo
from hmp.grammar.errors import UnknownCommandError
from hmp.grammar.parameters import Refers, Words

GROUP = CommandGroup()
# QEMU prints nothing at all for more words (docs/qemu-behaviour/monitor.md §3).
MAX_WORDS = 16


def help_line(command: CommandInfo, prefix: str = "") -> str:
    """Return a line of help, with a newline."""
    return f"{prefix}{command.names_text} {command.parameters} -- {command.help}\n"


def _list(commands: Mapping[str, Command], prefix: str = "") -> str:
    # A command is in the table under each of its names.
    unique = {command.names[0]: command for command in commands.values()}
    return "".join(help_line(unique[name], prefix) for name in sorted(unique))


@GROUP.add(
    "help",
    "?",
    syntax=(Words("words", Refers.COMMAND, lenient=True),),
    parameters="[cmd]",
    help="show this help",
)
def show_help(ctx: Context, words: list[str | None]) -> str:
    """Show help on everything or on one command; nothing after a badly quoted word."""
    if None in words or len(words) > MAX_WORDS:
        return ""
    name, subcommand = [*words, None, None][:2]
    if name is None:
        return _list(ctx.available.commands)
    if name != "info":
        return _help_on(ctx.topics.commands, name)
    if subcommand is None:
        return _list(ctx.available.info, "info ")
    return _help_on(ctx.topics.info, subcommand, "info ")


def _help_on(commands: Mapping[str, Command], name: str, prefix: str = "") -> str:
    if name not in commands:
        raise UnknownCommandError(f"{prefix}{name}")
    return help_line(commands[name], prefix)


@GROUP.add("info", parameters="[subcommand]", help="show the state of something")
def info(ctx: Context) -> str:
    """List the subcommands of info."""
    return _list(ctx.available.info, "info ")
