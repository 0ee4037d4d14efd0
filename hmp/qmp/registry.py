"""The QMP commands by name, for dispatch, query-commands and the schema."""

from __future__ import annotations

from hmp.qmp.command import QmpCommand
from hmp.qmp.commands import (
    absent,
    actions,
    command_line_options,
    guest,
    guest_dump,
    human,
    identity,
    memory,
    migration,
    objects,
    qom,
    run_state,
    schema,
)
from hmp.qmp.commands.backends import (
    block,
    chardevs,
    descriptors,
    displays,
    iothreads,
    network,
    trace_events,
)
from hmp.qmp.commands.hardware import cpu_models, cpus, inputs, pci, preconfig

_GROUPS = (
    identity.COMMANDS,
    run_state.COMMANDS,
    memory.COMMANDS,
    guest_dump.COMMANDS,
    cpus.COMMANDS,
    cpu_models.COMMANDS,
    objects.COMMANDS,
    iothreads.COMMANDS,
    block.COMMANDS,
    network.COMMANDS,
    displays.COMMANDS,
    trace_events.COMMANDS,
    pci.COMMANDS,
    inputs.COMMANDS,
    preconfig.COMMANDS,
    qom.COMMANDS,
    human.COMMANDS,
    absent.COMMANDS,
    migration.COMMANDS,
    guest.COMMANDS,
    chardevs.COMMANDS,
    command_line_options.COMMANDS,
    descriptors.COMMANDS,
    actions.COMMANDS,
    schema.COMMANDS,
)
COMMANDS: dict[str, QmpCommand] = {command.name: command for group in _GROUPS for command in group}
