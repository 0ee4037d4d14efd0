"""memsave and pmemsave.

How memory gets into a file is in `hmp.machine.saving`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine import cpus, saving
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.types import INTEGER

if TYPE_CHECKING:
    from hmp.qmp.session import Session


def memsave(session: Session, arguments: Arguments) -> object:
    """Save memory at a virtual address."""
    cpus.check_index(session.machine, arguments.get("cpu-index", 0))
    saving.save_virtual(session.machine, arguments["val"], arguments["size"], arguments["filename"])
    return {}


def pmemsave(session: Session, arguments: Arguments) -> object:
    """Save guest-physical memory."""
    saving.save_physical(session.machine, arguments["val"], arguments["size"], arguments["filename"])
    return {}


_PARAMETERS = (Parameter("val", INTEGER, unsigned=True), Parameter("size", INTEGER, unsigned=True),
               Parameter("filename"))
COMMANDS = (
    QmpCommand("memsave", memsave, (*_PARAMETERS, Parameter("cpu-index", INTEGER, optional=True))),
    QmpCommand("pmemsave", pmemsave, _PARAMETERS),
)
