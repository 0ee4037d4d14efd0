"""memsave and pmemsave."""

from __future__ import annotations

from hmp.machine.boards import cpus
from hmp.machine.memory import dump
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import INTEGER


def memsave(ctx: Context, arguments: Arguments) -> object:
    """Save memory at a virtual address to a file."""
    cpus.check_index(ctx.machine, arguments.get("cpu-index", 0))
    dump.save_virtual(ctx.machine, arguments["val"], arguments["size"], arguments["filename"])
    return {}


def pmemsave(ctx: Context, arguments: Arguments) -> object:
    """Save guest-physical memory to a file."""
    dump.save_physical(ctx.machine, arguments["val"], arguments["size"], arguments["filename"])
    return {}


_PARAMETERS = (
    Parameter("val", INTEGER, unsigned=True),
    Parameter("size", INTEGER, unsigned=True),
    Parameter("filename"),
)
COMMANDS = (
    QmpCommand("memsave", memsave, (*_PARAMETERS, Parameter("cpu-index", INTEGER, optional=True))),
    QmpCommand("pmemsave", pmemsave, _PARAMETERS),
)
