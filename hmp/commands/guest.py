"""`guest` and `info guest`: the actions of `hmp.guest.actions`; QEMU has no such commands."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.errors import InputError
from hmp.guest.actions import ACTIONS, Action, Argument, ArgumentType
from hmp.guest.info import GuestInfo, guest_info
from hmp.guest.policy import parse_seconds
from hmp.machine.qom.visitors import KeyvalVisitor
from hmp.text import fit_table
from hmp.units import MIB


class UsageError(InputError):
    """An action has too few arguments, or too many."""

    def __init__(self, action: Action) -> None:
        super().__init__(f"usage: guest {_usage(action)}")
        self.action = action


def guest(ctx: Context, action: str | None, words: list[str]) -> str:
    """Run an action; without one, list them all."""
    if action is None:
        return "".join(f"guest {_usage(known)} -- {known.help}\n" for known in ACTIONS.values())
    wanted = ACTIONS.get(action)
    if wanted is None:
        raise InputError(f"the guest knows no '{action}'; `guest` lists what it knows")
    wanted.run(ctx.machine, _parse_arguments(wanted, words))
    return ""


def _usage(action: Action) -> str:
    shown = (
        f"[{argument.name}]" if argument.optional else argument.name
        for argument in action.arguments
    )
    return " ".join((action.name, *shown))


def _parse_arguments(action: Action, words: list[str]) -> dict[str, object]:
    needed = sum(not argument.optional for argument in action.arguments)
    if not needed <= len(words) <= len(action.arguments):
        raise UsageError(action)
    return {
        argument.name: _parse_value(argument, word)
        for argument, word in zip(action.arguments, words, strict=False)
    }


def _parse_value(argument: Argument, text: str) -> object:
    if argument.type is ArgumentType.COUNT:
        return KeyvalVisitor().integer(argument.name, text, 64, True)
    if argument.type is ArgumentType.SECONDS:
        return parse_seconds(argument.name, text)
    if argument.type is ArgumentType.BYTES:
        return KeyvalVisitor().size(argument.name, text)
    return text


def info_guest(ctx: Context) -> str:
    """Show the state of the guest and a table of its memory blocks."""
    info = guest_info(ctx.machine)
    head = [
        f"guest: {info.system}, {info.state}\n",
        f"policy: {info.policy}\n",
        f"MemTotal: {info.total >> 10} kB\n",
        *(f"{line}\n" for line in info.notes),
    ]
    return "".join(head) + _table(info, ctx.columns())


def _table(info: GuestInfo, columns: int) -> str:
    if not info.blocks:
        return ""
    rows = [("BLOCKS", "DEVICE", "NODE", "STATE", "ZONE", "SIZE")]
    for run in info.blocks:
        numbers = str(run.first) if run.first == run.last else f"{run.first}-{run.last}"
        rows.append(
            (
                numbers,
                run.device or "-",
                str(run.node),
                run.state,
                run.zone or "-",
                f"{run.size // MIB} MiB",
            )
        )
    return "".join(f"{line}\n" for lines in fit_table(rows, columns) for line in lines)
