"""info mice, and commands that press keys and move mice."""

from __future__ import annotations

import re

from hmp.commands.context import Context
from hmp.errors import InputError
from hmp.machine.mice import choose_mouse, find_mice


class UnknownKeyError(InputError):
    """There is no key of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"invalid parameter: {name}", prefix=False)
        self.name = name


def info_mice(ctx: Context) -> str:
    """List the mice and tablets."""
    mice = find_mice(ctx.machine)
    if not mice:
        return "No mouse devices connected\n"
    return "".join(
        f"{'*' if mouse is mice[-1] else ' '} Mouse #{mouse.number}: {mouse.name}"
        f"{' (absolute)' if mouse.is_absolute else ''}\n"
        for mouse in mice
    )


def mouse_set(ctx: Context, index: int) -> str:
    """Choose the mouse that is in use."""
    choose_mouse(ctx.machine, index)
    return ""


def move_mouse(ctx: Context, **movement: object) -> str:
    """Move a mouse or press its buttons, which no guest reads."""
    return ""


def sendkey(ctx: Context, keys: str, hold_time: int | None) -> str:
    """Check the names of keys, which no guest reads."""
    from hmp.machine.qapi.types import words_of

    known = words_of("key/qcode.data")
    for name in keys.split("-"):
        # Other programs write the key that is left of the comma as its sign.
        if name not in known and name != "<" and not _is_number(name):
            raise UnknownKeyError(name)
    return ""


def _is_number(name: str) -> bool:
    return re.fullmatch("0x[0-9a-fA-F]+", name) is not None
