"""The one table of QMP commands, from which dispatch, query-commands and the schema are made.

Records and handlers stand in the modules beside; this file only gathers them.
"""

from __future__ import annotations

from hmp.qmp.command import QmpCommand
from hmp.qmp.commands import (
    cpus,
    guest,
    human,
    identity,
    memory,
    memsave,
    objects,
    qom,
    run_state,
    schema,
    stubs,
)

_ALL = (
    identity.COMMANDS,
    run_state.COMMANDS,
    memory.COMMANDS,
    cpus.COMMANDS,
    objects.COMMANDS,
    qom.COMMANDS,
    memsave.COMMANDS,
    human.COMMANDS,
    stubs.COMMANDS,
    guest.COMMANDS,
    schema.COMMANDS,
)
COMMANDS: dict[str, QmpCommand] = {command.name: command for room in _ALL for command in room}
