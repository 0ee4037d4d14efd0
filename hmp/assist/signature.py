"""Describe in a line what the typed command takes: its parameters, or the option at the cursor."""

from __future__ import annotations

from enum import Enum

from hmp.assist.diagnostics import diagnose
from hmp.assist.help.descriptions import description_of, type_description, type_label
from hmp.assist.properties import is_needed, settable_options
from hmp.encoding import to_unicode
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine
from hmp.machine.machine import Machine


class ValidationState(Enum):
    """Whether a line is empty, valid as far as it is typed, or invalid."""

    EMPTY = "empty"
    VALID = "valid"
    INVALID = "invalid"


def signature(
    machine: Machine, known: CommandSet[CommandInfo], line: ParsedLine[CommandInfo], cursor: int
) -> tuple[ValidationState, str]:
    """Return the state of a line, and a line of text: its first error or its signature.

    `cursor` is in bytes; the text at the cursor is not diagnosed.
    """
    if not line.name.value:
        return ValidationState.EMPTY, ""
    found = diagnose(machine, known, line, cursor)
    if found:
        return ValidationState.INVALID, to_unicode(found[0].error.message)
    if line.command is None:
        command = known.commands.get(line.name.value)
        return ValidationState.VALID, _of_command(command) if command else ""
    prefix = "info " if line.subcommand else ""
    return ValidationState.VALID, _of_options(machine, line, cursor) or prefix + _of_command(
        line.command
    )


def _of_command(command: CommandInfo) -> str:
    return f"{' '.join(filter(None, (command.names_text, command.parameters)))} — {command.help}"


def _of_options(machine: Machine, line: ParsedLine[CommandInfo], cursor: int) -> str:
    """Describe the option whose value is typed, else the type and the options it still needs."""
    known = settable_options(line.implied_key, line.type_name, machine.type_source)
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
        return f"{item.name}=<{type_label(item.type)}>{required} — {description_of(item)}"
    given = {option.key for option in line.options}
    missing = [name for name, item in known.items() if is_needed(item) and name not in given]
    needs = f"; needs {', '.join(missing)}" if missing else ""
    named = " — ".join(filter(None, (line.type_name, type_description(line.type_name))))
    return f"{named}{needs}"
