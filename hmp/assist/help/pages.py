"""Return what the console adds below QEMU's reply to `help`: examples and option tables."""

from __future__ import annotations

from collections.abc import Iterator

from hmp.assist.help.descriptions import description_of, type_description, type_label
from hmp.assist.help.examples import EXAMPLES
from hmp.assist.properties import creatable_types, is_needed, settable_options
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.grammar.parameters import OPTION_LISTS
from hmp.machine.qom.property import Property
from hmp.text import format_table


def extra_help(
    known: CommandSet[CommandInfo], builtins: list[CommandInfo], words: list[str]
) -> list[str]:
    """Return the lines to print below QEMU's reply to `help` with these words.

    `builtins` are the console's own commands; they are listed below the lists of all commands and
    of info's subcommands.
    """
    if not words or words == ["info"]:
        listed = [
            command for command in builtins if not words or command.names[0].startswith("info ")
        ]
        rows = [
            (f"{command.names_text} {command.parameters}".rstrip(), command.help)
            for command in listed
        ]
        return ["", "On this console also:", *(f"  {line}" for line in format_table(rows))]
    name = " ".join(words[:2]) if words[0] == "info" and len(words) > 1 else words[0]
    table = known.info if name.startswith("info ") else known.commands
    command = table.get(name.removeprefix("info "))
    if command is None:
        return []
    return [*_examples(name, command), *_types(command, words[1:])]


def _examples(name: str, command: CommandInfo) -> Iterator[str]:
    found = next((EXAMPLES[known] for known in (name, *command.names) if known in EXAMPLES), ())
    if found:
        yield "Examples:"
        yield from (f"  {line}" for line in format_table(found))


def _types(command: CommandInfo, words: list[str]) -> Iterator[str]:
    """Yield the types of a command with an option list, or the options of the named type."""
    implied_key = next(
        (item.implied_key for item in command.syntax if isinstance(item, OPTION_LISTS)), ""
    )
    types = creatable_types(implied_key)
    if words and words[0] in types:
        yield f"Options of {words[0]} ({type_description(words[0])}):"
        known = settable_options(implied_key, words[0])
        yield from (
            f"  {line}" for line in format_table([_option(item) for item in known.values()])
        )
    elif types:
        yield f"Types (help {command.names[0]} TYPE lists the options of one):"
        yield from (
            f"  {line}" for line in format_table([(name, type_description(name)) for name in types])
        )


def _option(item: Property) -> tuple[str, str, str]:
    needed = "required. " if item.required else "needed. " if is_needed(item) else ""
    default: object = item.default
    if isinstance(default, bool):
        default = "on" if default else "off"
    default_text = f" (default: {default})" if item.shows_default else ""
    return item.name, type_label(item.kind), f"{needed}{description_of(item)}{default_text}"
