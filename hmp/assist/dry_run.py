"""Try a line without running it: the error that the monitor would reply with, if there is one.

A line that parses is tried by its command's `check`. What is proposed to the user is tried by
`is_accepted`, which asks the host, too, and says no where nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hmp.commands.command import Command
from hmp.commands.context import Context
from hmp.commands.help import MAX_WORDS
from hmp.commands.objects import try_object_add
from hmp.commands.qom import try_qom_set
from hmp.commands.registry import COMMANDS
from hmp.errors import HmpError
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine, parse_line
from hmp.grammar.errors import UnknownCommandError
from hmp.grammar.parameters import Refers
from hmp.machine.machine import Machine

# Commands that succeed whatever the state of the machine.
NEVER_FAIL = frozenset(
    ("help", "info", "print", "clear", "quit", "system_reset", "system_powerdown")
)
# These, and all of info, only look, and are run to see whether they succeed.
READERS = frozenset(("gpa2hpa", "gva2gpa"))
# What finds out more than the check that is made at every key: these may ask the host.
TRIALS: Mapping[str, Callable[..., object]] = {
    "object_add": try_object_add,
    "qom-set": try_qom_set,
    "cont": lambda machine: machine.run_state.check_startable(),
    "stop": lambda machine: machine.run_state.check_no_dump(),
}


def dry_run(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo]
) -> HmpError | None:
    """Return the error of a line as far as it is known without the host, None where it has none."""
    return line.error or _unknown_in_help(known, line) or _check(machine, line)


def is_accepted(machine: Machine, known: CommandSet[CommandInfo], text: str) -> bool:
    """Return whether a line (bytes, held in a Latin-1 str) succeeds when it is typed now.

    Nothing changes. A line of which that can't be told is not accepted.
    """
    line = parse_line(text, known)
    command = line.command
    # Before the machine is made, few commands can be told of.
    if command is None or machine.preconfig or dry_run(machine, known, line):
        return False
    if not isinstance(command, Command):
        # The console's own commands fail for their arguments only.
        return not line.arguments
    if not machine.simulates_guest:
        # The machine of another program is only known, not run.
        return bool(line.subcommand or command.check)
    name = command.names[0]
    if line.subcommand or name in READERS:
        return _succeeds(lambda: _read(machine, line))
    if name in TRIALS:
        return _succeeds(lambda: TRIALS[name](machine, **line.values))
    return bool(command.check) or name in NEVER_FAIL or line.values.get("action") == "listen"


def _succeeds(action: Callable[[], object]) -> bool:
    try:
        action()
    except HmpError:
        return False
    return True


def _read(machine: Machine, line: ParsedLine[CommandInfo]) -> None:
    """Run a command that changes nothing."""
    assert isinstance(line.command, Command)

    def ignore(*lines: str) -> None:
        """Discard what the command writes."""

    context = Context(machine, COMMANDS, ignore, ignore)
    with machine.command_scope(ignore, ignore):
        for _part in line.command.handler(context, **line.values):
            pass


def _unknown_in_help(
    known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo]
) -> HmpError | None:
    """Return the error of `help` for an unknown command (docs/qemu-behaviour/monitor.md §3).

    QEMU prints nothing for words that it can't parse, and for too many.
    """
    words = [item.node for item in line.arguments if item.parameter.refers_to == Refers.COMMAND]
    if not words or len(words) > MAX_WORDS or any(word.value is None for word in words):
        return None
    name = words[0]
    if name.value not in known.commands:
        return UnknownCommandError(name.value, name.span)
    subcommand = words[1] if name.value == "info" and len(words) > 1 else None
    if subcommand and subcommand.value not in known.info:
        return UnknownCommandError(f"info {subcommand.value}", subcommand.span)
    return None


def _check(machine: Machine, line: ParsedLine[CommandInfo]) -> HmpError | None:
    if isinstance(line.command, Command) and line.command.check:
        try:
            line.command.check(machine, **line.values)
        except HmpError as error:
            return error
    return None
