"""What a command takes, in a line, while it is typed: its parameters, the key at the cursor, what
is still missing.
"""

from __future__ import annotations

from enum import Enum

from hmp.assist.diagnostics import diagnose
from hmp.assist.help.descriptions import description_of, type_description, type_text
from hmp.assist.properties import is_needed, settable
from hmp.encoding import to_unicode
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine
from hmp.machine.machine import Machine


class Verdict(Enum):
    """Whether there is anything on the line, and whether something is wrong with it."""

    EMPTY = "empty"
    FINE = "hint"
    WRONG = "error"


def signature(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> tuple[Verdict, str]:
    """How the line is so far, and one line about it."""
    if not line.name.value:
        return Verdict.EMPTY, ""
    found = diagnose(machine, known, line, cursor)
    if found:
        return Verdict.WRONG, to_unicode(found[0].error.message)
    if line.command is None:
        unfinished = known.commands.get(line.name.value)
        return Verdict.FINE, _of_command(unfinished) if unfinished else ""
    prefix = "info " if line.subcommand else ""
    return Verdict.FINE, _of_options(line, cursor) or prefix + _of_command(line.command)


def _of_command(command: CommandInfo) -> str:
    return f"{' '.join(filter(None, (command.names_text, command.parameters)))} — {command.help}"


def _of_options(line: ParsedLine[CommandInfo], cursor: int) -> str:
    """The key whose value is typed, else the type and what it still needs."""
    known = settable(line.implied_key, line.type_name)
    if not known:
        return ""
    typed = next(
        (
            option
            for option in line.options
            if option.value_span and option.value_span[0] <= cursor <= option.value_span[1]
        ),
        None,
    )
    item = known.get(typed.key) if typed else None
    if item:
        required = ", required" if item.required else ""
        return f"{item.name}=<{type_text(item.kind)}>{required} — {description_of(item)}"
    given = {option.key for option in line.options}
    missing = [name for name, item in known.items() if is_needed(item) and name not in given]
    needs = f"; needs {', '.join(missing)}" if missing else ""
    return f"{line.type_name} — {type_description(line.type_name)}{needs}"
