"""set-numa-node and x-exit-preconfig, for a machine that waits with --preconfig."""

from __future__ import annotations

from hmp.errors import UnexpectedParameterError
from hmp.machine.preconfig import MachineCreatedError, leave_preconfig
from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.context import Context


def set_numa_node(ctx: Context, arguments: Arguments) -> object:
    """Do what an option -numa does."""
    from hmp.machine.numa.options import read_numa_options

    options = read_numa_options(arguments, QObjectVisitor(), UnexpectedParameterError)
    preconfig = ctx.machine.preconfig
    if preconfig is None:
        raise MachineCreatedError
    preconfig.add_numa(options, lambda line: ctx.machine.emit_output(line))
    return {}


def exit_preconfig(ctx: Context, arguments: Arguments) -> object:
    """Make the rest of the machine, and run it."""
    leave_preconfig(ctx.machine)
    return {}


COMMANDS = (
    QmpCommand("set-numa-node", set_numa_node, allows_extra=True),
    QmpCommand("x-exit-preconfig", exit_preconfig),
)
