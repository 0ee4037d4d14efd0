"""The one table of QMP commands, from which dispatch, query-commands and the schema are made.

Records and handlers stand in the modules beside; this file only gathers them.
"""

from __future__ import annotations

from hmp.qmp.command import QmpCommand
from hmp.qmp.commands import absent_parts, cpus, guest, human, identity, memory, objects, qom, run_state, saving, schema

_ALL = (identity.COMMANDS, run_state.COMMANDS, memory.COMMANDS, cpus.COMMANDS, objects.COMMANDS, qom.COMMANDS,
        saving.COMMANDS, human.COMMANDS, absent_parts.COMMANDS, guest.COMMANDS, schema.COMMANDS)
COMMANDS: dict[str, QmpCommand] = {command.name: command for room in _ALL for command in room}
