"""`guest` and `info guest`: the simulated guest and the faults, from the human monitor; QEMU has no such commands.

What the actions are and do stands in `hmp.guest.actions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.columns import in_columns
from hmp.errors import InputError
from hmp.grammar import words
from hmp.guest.actions import ACTIONS, BYTES, COUNT, SECONDS, Action, Argument
from hmp.guest.policy_text import read_seconds
from hmp.guest.view import GuestView, describe_guest
from hmp.values.readers import KeyValueReader

if TYPE_CHECKING:
    from hmp.monitor import Monitor

MIB = 1 << 20


def act(monitor: Monitor, arguments: list[object]) -> str:
    """Carry out an action; without one, list them all."""
    name = arguments[0]
    if name is None:
        return "".join(f"guest {_usage(action)} -- {action.help}\n" for action in ACTIONS.values())
    action = ACTIONS.get(str(name))
    if action is None:
        raise InputError(f"the guest knows no '{name}'; `guest` lists what it knows")
    action.do(monitor.machine, _read(action, str(arguments[1])))
    return ""


def _usage(action: Action) -> str:
    shown = (f"[{argument.name}]" if argument.optional else argument.name for argument in action.arguments)
    return " ".join((action.name, *shown))


def _read(action: Action, text: str) -> dict[str, object]:
    given: dict[str, object] = {}
    at = 0
    for argument in action.arguments:
        try:
            word = words.read_word(text, at)
        except words.QuotingError as fault:
            raise InputError(str(fault)) from None
        if word is None and not argument.optional:
            raise InputError(f"usage: guest {_usage(action)}")
        if word is None:
            break
        given[argument.name] = _value(argument, word.value)
        at = word.end
    if words.skip_blanks(text, at) < len(text):
        raise InputError(f"usage: guest {_usage(action)}")
    return given


def _value(argument: Argument, text: str) -> object:
    if argument.kind == COUNT:
        return KeyValueReader().integer(argument.name, text, 31, False)
    if argument.kind == SECONDS:
        return read_seconds(argument.name, text)
    return KeyValueReader().size(argument.name, text) if argument.kind == BYTES else text


def show(monitor: Monitor, arguments: list[object]) -> str:
    """What the guest sees, as a table."""
    view = describe_guest(monitor.machine)
    head = [f"guest: {view.system}, {view.state}\n", f"policy: {view.policy}\n",
            f"MemTotal: {view.total >> 10} kB\n", *(f"{line}\n" for line in view.notes)]
    return "".join(head) + _table(view)


def _table(view: GuestView) -> str:
    if not view.blocks:
        return ""
    rows = [("BLOCKS", "DEVICE", "NODE", "STATE", "ZONE", "SIZE")]
    for run in view.blocks:
        numbers = str(run.first) if run.first == run.last else f"{run.first}-{run.last}"
        rows.append((numbers, run.device or "-", str(run.node), run.state, run.zone or "-", f"{run.size // MIB} MiB"))
    return "".join(f"{line}\n" for line in in_columns(rows))
