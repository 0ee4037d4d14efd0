"""The lists of -machine help and -machine TYPE,help, in QEMU's layout with our descriptions."""

from __future__ import annotations

from hmp.commands.type_help import property_line
from hmp.machine.boards.properties import machine_object_of
from hmp.machine.boards.types import (
    ALIASES,
    DEFAULT,
    NOT_HERE,
    Board,
    alias_of,
    all_boards,
    find_board,
)

NAME_COLUMN = 20
# In the order of QEMU's list.
FAMILIES = ("microvm", "pc-i440fx", "pc-q35", "isapc", "nitro", "none", "x-remote")


def machine_help(name: str) -> str:
    """Return the properties of a machine type, for an unknown one the list of types."""
    board = find_board(name)
    if board is None:
        return _machine_list()
    shown = [item for item in machine_object_of(board).declared if item.settable and item.listed]
    lines = sorted(property_line(item) + "\n" for item in shown)
    return f"{board.type_name} options:\n" + "".join(lines)


def _machine_list() -> str:
    families: dict[str, list[str]] = {family: [] for family in FAMILIES}
    # The names of a family downwards as texts, so that 9.2 comes before 11.1.
    for board in sorted(all_boards(), key=lambda board: board.name, reverse=True):
        alias = alias_of(board.name)
        if alias:
            described = f"{board.description} (alias of {board.name})"
            families[board.family].append(f"{alias:{NAME_COLUMN}} {described}\n")
        families[board.family].append(_line(board))
    for name, description in NOT_HERE.items():
        families[name].append(f"{name:{NAME_COLUMN}} {description}\n")
    return "Supported machines are:\n" + "".join("".join(lines) for lines in families.values())


def _line(board: Board) -> str:
    notes = " (default)" if board.name == ALIASES[DEFAULT] else ""
    notes += " (deprecated)" if board.deprecated else ""
    return f"{board.name:{NAME_COLUMN}} {board.description}{notes}\n"
