"""What the console adds below QEMU's reply to `help`: examples and option tables.

The tests run all examples in this order on one machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hmp.assist.help.descriptions import description_of, type_description, type_label
from hmp.assist.help.object_descriptions import OBJECT_TYPES
from hmp.assist.properties import creatable_types, is_needed, settable_options
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.grammar.parameters import OPTION_LISTS
from hmp.machine.qom.property import Property
from hmp.text import fit_table, wrap

INDENT = "  "
Example = tuple[str, str]
EXAMPLES: dict[str, tuple[Example, ...]] = {
    "object_add": (
        ("object_add memory-backend-ram,id=mem1,size=1G", "1 GiB of anonymous memory"),
        (
            "object_add memory-backend-file,id=mem2,size=512M,mem-path=/dev/shm",
            "a temporary file in a directory",
        ),
        ("object_add memory-backend-memfd,id=mem3,size=64M", "an anonymous file in memory"),
        (
            "object_add memory-backend-ram,id=mem4,size=64M,prealloc=on",
            "all pages allocated at once",
        ),
        ("object_add memory-backend-ram,help", "what else may be given"),
    ),
    "device_add": (
        ("device_add pc-dimm,id=dimm1,memdev=mem1", "plug a backend as a DIMM"),
        ("device_add pc-dimm,id=dimm2,memdev=mem2,slot=2", "in a slot of your choice"),
        (
            "device_add virtio-mem-pci,id=vm0,memdev=mem3,requested-size=32M",
            "memory that can grow and shrink",
        ),
    ),
    "info memory-devices": (("info memory-devices", "address, slot, size and backend of each"),),
    "info mtree": (("info mtree -f", "the guest's memory without overlaps"),),
    "info qom-tree": (("info qom-tree /objects", "one part of the tree"),),
    "qom-list": (("qom-list /machine/peripheral", "the devices that have an id"),),
    "qom-get": (
        ("qom-get dimm1 addr", "where a DIMM is"),
        ("qom-get vm0 size", "how much the guest has plugged"),
    ),
    "qom-set": (("qom-set vm0 requested-size 0", "request that the guest unplugs all of it"),),
    "xp": (("xp /4xw 0x100000000", "four words from the start of the first DIMM"),),
    "guest": (
        ("guest refuse dimm2", "the next unplug of it fails"),
        ("guest policy latency=10ms", "each step of the guest takes time"),
        ("guest policy latency=0", "and no time again"),
    ),
    "device_del": (("device_del dimm1", "request the unplug from the guest"),),
    "object_del": (("object_del mem1", "once no device uses it"),),
    "pmemsave": (
        ('pmemsave 0 4096 "/dev/null"', "the first page of RAM into a file, whose name has quotes"),
    ),
    "print": (("p 4 * 0x100000", "a calculator"),),
    "stop": (("stop", "pause the guest"),),
    "cont": (("cont", "resume the guest"),),
    "help": (("help device_add pc-dimm", "on the console, the options of a type too"),),
}


def extra_help(
    known: CommandSet[CommandInfo], builtins: list[CommandInfo], words: list[str], width: int
) -> list[str]:
    """Return the lines to print below QEMU's reply to `help` with these words, for a terminal of
    `width` columns.

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
        return ["", "On this console also:", *_table(rows, width)]
    name = " ".join(words[:2]) if words[0] == "info" and len(words) > 1 else words[0]
    table = known.info if name.startswith("info ") else known.commands
    command = table.get(name.removeprefix("info "))
    if command is None:
        return []
    return [*_examples(name, command, width), *_types(command, words[1:], width)]


def _table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    for lines in fit_table(rows, width - len(INDENT)):
        yield from (f"{INDENT}{line}" for line in lines)


def _examples(name: str, command: CommandInfo, width: int) -> Iterator[str]:
    found = next((EXAMPLES[known] for known in (name, *command.names) if known in EXAMPLES), ())
    if found:
        yield "Examples:"
        yield from _table(found, width)


def _types(command: CommandInfo, words: list[str], width: int) -> Iterator[str]:
    """Yield the types of a command with an option list, or the options of the named type."""
    implied_key = next(
        (item.implied_key for item in command.syntax if isinstance(item, OPTION_LISTS)), ""
    )
    types = creatable_types(implied_key)
    if words and words[0] in types:
        yield from wrap(f"Options of {words[0]} ({type_description(words[0])}):", width)
        known = settable_options(implied_key, words[0])
        yield from _table([_option(item) for item in known.values()], width)
    elif types:
        yield from wrap(f"Types (help {command.names[0]} TYPE lists the options of one):", width)
        shown = [name for name in types if name not in OBJECT_TYPES]
        yield from _table([(name, type_description(name)) for name in shown], width)
        if len(shown) < len(types):
            rest = (
                f"and {len(types) - len(shown)} that have nothing to do with memory: "
                f"`{command.names[0]} help` lists them"
            )
            yield from wrap(rest, width, INDENT)


def _option(item: Property) -> tuple[str, str, str]:
    needed = "required. " if item.required else "needed. " if is_needed(item) else ""
    default: object = item.default
    if isinstance(default, bool):
        default = "on" if default else "off"
    default_text = f" (default: {default})" if item.shows_default else ""
    return item.name, type_label(item.type), f"{needed}{description_of(item)}{default_text}"
