"""What a word of a command line may be, from the command table and the live machine.

What may stand where is declared with the commands; how candidates are shown is the mouth's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.commands.table import COMMANDS, INFO
from hmp.machine import device_types
from hmp.machine.backends import MemoryBackend
from hmp.machine.creation import CREATABLE, NOT_BUILT

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

TYPES, DRIVERS = "types", "drivers"


class Candidate(NamedTuple):
    """A word that may stand here, what it means, whether a list of options follows it, and whether it is in use."""

    word: str
    meaning: str
    takes_options: bool = False
    in_use: bool = False


def complete(machine: Machine, text: str) -> list[Candidate]:
    """The candidates for the last word of the text before the cursor, sorted."""
    *before, typed = text.split(" ")
    found = _candidates(machine, [word for word in before if word])
    return sorted(candidate for candidate in found if candidate.word.startswith(typed))


def _candidates(machine: Machine, before: list[str]) -> list[Candidate]:
    if not before:
        return [Candidate(name, command.help) for name, command in COMMANDS.items()]
    command = COMMANDS.get(before[0])
    if command is not None and len(before) == 1:
        return _subjects(machine, *command.completes[:1])
    if len(before) == 2 and command is not None and command.completes == ("commands",) and before[1] == "info":
        return _subjects(machine, "info")
    return []


def _subjects(machine: Machine, what: str = "") -> list[Candidate]:
    if what in ("info", "commands"):
        table = INFO if what == "info" else COMMANDS
        return [Candidate(name, command.help) for name, command in table.items()]
    if what == "devices":
        return [Candidate(name, child.type_name) for name, child in machine.peripheral.children.items()]
    if what == "objects":
        return [Candidate(name, child.type_name, in_use=isinstance(child, MemoryBackend) and bool(child.user))
                for name, child in machine.objects.children.items()]
    if what == TYPES:
        return [Candidate(name, "", takes_options=True) for name in CREATABLE if name != NOT_BUILT]
    if what == DRIVERS:
        return [Candidate(name, "", takes_options=True) for name in device_types.USER_CREATABLE]
    return []
