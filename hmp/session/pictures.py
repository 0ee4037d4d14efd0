"""What the console shows of the machine beside QEMU's queries: map, explain and info mappings; as
text for scripts, with --extras.
"""

from __future__ import annotations

import shutil

from hmp.commands.command import Command, Handler
from hmp.commands.context import Context
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import InputError
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.grammar.parameters import Refers, Rest, Word

DEFAULT_SIZE = (80, 24)
SVG_OPTION = "--svg"
EXPLAIN = CommandInfo(("explain",), (), "", "how the last plug was placed, or why it could not be")
MAP = CommandInfo(
    ("map",),
    (
        Word("option", optional=True, choices=(SVG_OPTION,)),
        Rest("file", Refers.FILE, optional=True),
    ),
    "[--svg FILE]",
    "draw the guest's memory to scale, or into a file",
)
MAPPINGS = CommandInfo(("mappings",), (), "", "the host's mapping of every backend")


class MapUsageError(InputError):
    """The map was asked for with wrong arguments."""

    def __init__(self) -> None:
        super().__init__("usage: map [--svg FILE]")


def _explain(ctx: Context) -> str:
    from hmp.assist.placement_report import explain

    return _text(explain(ctx.machine))


def _map(ctx: Context, option: str | None, file: str | None) -> str:
    from hmp.memory_map.regions import memory_map

    if option == SVG_OPTION and file:
        from hmp.memory_map.file import write_svg

        write_svg(ctx.machine, to_unicode(file.strip()))
        return ""
    if option is not None:
        raise MapUsageError
    from hmp.memory_map.text import draw_text

    columns = shutil.get_terminal_size(DEFAULT_SIZE).columns
    fragments = draw_text(memory_map(ctx.machine), columns)
    return to_latin1("".join(text for _style, text in fragments))


def _mappings(ctx: Context) -> str:
    from hmp.assist.mappings import mapping_lines

    return _text(mapping_lines(ctx.machine))


def _text(lines: list[str]) -> str:
    return to_latin1("".join(f"{line}\n" for line in lines))


def with_pictures(known: CommandSet[Command]) -> CommandSet[Command]:
    """Return commands with those of this module."""
    return CommandSet(
        {**known.commands, "explain": _bound(EXPLAIN, _explain), "map": _bound(MAP, _map)},
        {**known.info, "mappings": _bound(MAPPINGS, _mappings)},
    )


def _bound(info: CommandInfo, handler: Handler) -> Command:
    return Command(info.names, info.syntax, info.parameters, info.help, handler)
