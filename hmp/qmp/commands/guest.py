"""x-hmp-...: a QMP command for each action of `hmp.guest.actions`; QEMU has no such commands."""

from __future__ import annotations

from hmp.guest.actions import ACTIONS, Action, ArgumentType, qmp_name
from hmp.guest.info import guest_info
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import INTEGER, NUMBER, STRING, List, Structure, Type

_TYPES: dict[ArgumentType, Type] = {
    ArgumentType.TEXT: STRING,
    ArgumentType.COUNT: INTEGER,
    ArgumentType.SECONDS: NUMBER,
    ArgumentType.BYTES: INTEGER,
}


def query_guest(ctx: Context, arguments: Arguments) -> object:
    """Return the state of the simulated guest."""
    info = guest_info(ctx.machine)
    return {
        "system": info.system,
        "state": info.state,
        "policy": info.policy,
        "mem-total": info.total,
        "notes": info.notes,
        "blocks": [dict(zip(run.fields, run, strict=True)) for run in info.blocks],
    }


def _command(action: Action) -> QmpCommand:
    def handler(ctx: Context, arguments: Arguments) -> object:
        action.run(ctx.machine, arguments)
        return {}

    parameters = tuple(
        Parameter(
            argument.name,
            _TYPES[argument.type],
            argument.optional,
            unsigned=argument.type is ArgumentType.BYTES,
        )
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
_GUEST_INFO = Structure(
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
    QmpCommand("x-hmp-query-guest", query_guest, (), _GUEST_INFO),
    *(_command(action) for action in ACTIONS.values()),
)
