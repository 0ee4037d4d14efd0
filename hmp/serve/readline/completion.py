"""Completion with Tab as QEMU has it, on HMP sockets and the plain console
(docs/qemu-behaviour/qmp.md §A9); the console offers more (`hmp.assist.completion`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hmp.commands.command import Command
from hmp.commands.context import Context
from hmp.grammar.command_line import CommandSet, Place, parse_line
from hmp.grammar.parameters import KeyvalOrJson, Opts, Refers
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.backends.create import SUPPORTED_TYPES
from hmp.machine.devices import types
from hmp.machine.machine import Machine


class CompletionWord(NamedTuple):
    """A candidate; `takes_options` if a list of options follows it."""

    word: str
    description: str
    takes_options: bool = False
    in_use: bool = False


def complete(ctx: Context, text: str) -> tuple[int, list[CompletionWord]]:
    """Return where the last word of the text begins, and the candidates for it, sorted."""
    line, end = parse_line(text, ctx.available), len(text)
    start, found = end, list[CompletionWord]()
    if line.name.end == end:
        start, found = line.name.start, _described(ctx.available.commands)
    elif line.name.value == "info" and (line.subcommand is None or line.subcommand.end == end):
        start = line.subcommand.start if line.subcommand else end
        found = _described(ctx.available.info)
    elif line.command is not None:
        place = line.place(end)
        start, found = place.start, _arguments(ctx.machine, ctx.available, place)
    return start, sorted(
        candidate for candidate in found if candidate.word.startswith(text[start:])
    )


def _described(commands: Mapping[str, Command]) -> list[CompletionWord]:
    return [CompletionWord(name, command.help) for name, command in commands.items()]


def _arguments(
    machine: Machine, commands: CommandSet[Command], place: Place
) -> list[CompletionWord]:
    if isinstance(place.parameter, KeyvalOrJson):
        return [CompletionWord(name, "", takes_options=True) for name in SUPPORTED_TYPES]
    if isinstance(place.parameter, Opts):
        return [CompletionWord(name, "", takes_options=True) for name in types.PLUGGABLE_TYPES]
    refers_to = place.parameter.refers_to if place.parameter else Refers.NOTHING
    if refers_to == Refers.DEVICE:
        return [
            CompletionWord(name, child.type_name)
            for name, child in machine.peripheral.children.items()
        ]
    if refers_to == Refers.OBJECT:
        return [
            CompletionWord(
                name, child.type_name, in_use=isinstance(child, MemoryBackend) and bool(child.user)
            )
            for name, child in machine.objects.children.items()
        ]
    if refers_to == Refers.COMMAND and not place.before:
        return _described(commands.commands)
    if refers_to == Refers.COMMAND and [item.node.value for item in place.before] == ["info"]:
        return _described(commands.info)
    return []
