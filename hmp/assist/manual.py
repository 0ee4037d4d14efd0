"""What `help` adds on a console below the reference's line: examples, and the option table of a type.

The table is drawn from the declared properties; the reference's own text is not touched here.
"""

from __future__ import annotations

from collections.abc import Iterator

from hmp.assist.declared import creatable_types, is_needed, settable
from hmp.assist.examples import EXAMPLES
from hmp.assist.line import read_line
from hmp.assist.meanings import kind_text, meaning_of, type_meaning
from hmp.assist.vocabulary import Vocabulary
from hmp.columns import in_columns
from hmp.commands.command import Described
from hmp.machine.properties import Property


def manual(vocabulary: Vocabulary, own: list[Described], asked: list[str]) -> list[str]:
    """Lines to follow what the reference says to `help` with these words."""
    if not asked or asked == ["info"]:
        listed = [command for command in own if not asked or command.names[0].startswith("info ")]
        return ["", "On this console also:", *(f"  {line}" for line in in_columns([
            (_usage(command), command.help) for command in listed]))]
    name = " ".join(asked[:2]) if asked[0] == "info" and len(asked) > 1 else asked[0]
    table = vocabulary.info if name.startswith("info ") else vocabulary.commands
    command = table.get(name.removeprefix("info "))
    if command is None:
        return []
    return [*_examples(name, command), *_types(vocabulary, command, asked[1:])]


def _usage(command: Described) -> str:
    return f"{command.title} {command.parameters}".rstrip()


def _examples(name: str, command: Described) -> Iterator[str]:
    found = next((EXAMPLES[known] for known in (name, *command.names) if known in EXAMPLES), ())
    if found:
        yield "Examples:"
        yield from (f"  {line}" for line in in_columns(found))


def _types(vocabulary: Vocabulary, command: Described, words: list[str]) -> Iterator[str]:
    """For a command with an option list: its types, or the options of the one that was named."""
    which = command.completes[0] if command.completes else ""
    if which not in ("types", "drivers"):
        return
    if words and words[0] in creatable_types(which):
        yield f"Options of {words[0]} ({type_meaning(words[0])}):"
        known = settable(read_line(f"{command.names[0]} {words[0]}", vocabulary))
        yield from (f"  {line}" for line in in_columns([_option(item) for item in known.values()]))
        return
    yield f"Types (help {command.names[0]} TYPE lists the options of one):"
    yield from (f"  {line}" for line in in_columns([(name, type_meaning(name)) for name in creatable_types(which)]))


def _option(item: Property) -> tuple[str, str, str]:
    needed = "required. " if item.required else "needed. " if is_needed(item) else ""
    default = f" (default: {_shown(item.default)})" if item.shows_default else ""
    return item.name, kind_text(item.kind), f"{needed}{meaning_of(item)}{default}"


def _shown(default: object) -> object:
    return ("on" if default else "off") if isinstance(default, bool) else default
