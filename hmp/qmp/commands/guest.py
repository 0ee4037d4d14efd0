"""x-hmp-...: the simulated guest and the faults over QMP; QEMU has no such commands.

What the actions are and do stands in `hmp.guest.actions`; one command of QMP is made for each.
"""

from __future__ import annotations

from hmp.guest.actions import ACTIONS, BYTES, COUNT, SECONDS, TEXT, Action, qmp_name
from hmp.guest.info import guest_info
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import INTEGER, NUMBER, STRING, List, Structure, Type

_TYPES: dict[str, Type] = {TEXT: STRING, COUNT: INTEGER, SECONDS: NUMBER, BYTES: INTEGER}


def query_guest(ctx: Context, arguments: Arguments) -> object:
    """What the guest sees."""
    view = guest_info(ctx.machine)
    return {
        "system": view.system,
        "state": view.state,
        "policy": view.policy,
        "mem-total": view.total,
        "notes": view.notes,
        "blocks": [run._asdict() for run in view.blocks],
    }


def _command(action: Action) -> QmpCommand:
    def handler(ctx: Context, arguments: Arguments) -> object:
        action.run(ctx.machine, arguments)
        return {}

    parameters = tuple(
        Parameter(argument.name, _TYPES[argument.kind], argument.optional, unsigned=True)
        for argument in action.arguments
    )
    return QmpCommand(qmp_name(action.name), handler, parameters)


_BLOCKS = List(
    Structure(
        {
            "first": INTEGER,
            "last": INTEGER,
            "device": STRING,
            "node": INTEGER,
            "state": STRING,
            "zone": STRING,
            "size": INTEGER,
        }
    )
)
_VIEW = Structure(
    {
        "system": STRING,
        "state": STRING,
        "policy": STRING,
        "mem-total": INTEGER,
        "notes": List(STRING),
        "blocks": _BLOCKS,
    }
)
COMMANDS = (
    QmpCommand("x-hmp-query-guest", query_guest, (), _VIEW),
    *(_command(action) for action in ACTIONS.values()),
)
