"""Commands about parts that this machine does not have; they answer as QEMU does without the part.

Management programs send them to every machine at the start (docs/qemu-behaviour/qmp.md §C).
"""

from __future__ import annotations

from hmp.errors import ParameterTypeError
from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import ANY, STRING, Enumeration, List


def _empty_list(ctx: Context, arguments: Arguments) -> object:
    return []


def _migrate_capabilities(ctx: Context, arguments: Arguments) -> object:
    """Return the one capability that libvirt sets, `events`; there is no migration."""
    return [{"state": ctx.machine.migration_events, "capability": MIGRATION_EVENTS}]


def _set_migrate_capabilities(ctx: Context, arguments: Arguments) -> object:
    """Set the one capability; a list with anything else changes nothing."""
    wanted = ctx.machine.migration_events
    for index, capability in enumerate(arguments["capabilities"]):
        if not isinstance(capability, dict):
            raise ParameterTypeError(f"capabilities[{index}]", "object")
        _CAPABILITY.read(capability.get("capability"))
        wanted = QObjectVisitor().boolean("state", capability.get("state"))
    ctx.machine.migration_events = wanted
    return {}


def _list(name: str, *parameters: Parameter) -> QmpCommand:
    return QmpCommand(name, _empty_list, parameters, List(ANY))


MIGRATION_EVENTS = "events"
_CAPABILITY = Parameter("capability", Enumeration((MIGRATION_EVENTS,)))

COMMANDS = (
    *(
        _list(name)
        for name in (
            "query-block-jobs",
            "query-jobs",
            "query-tpm-models",
            "query-tpm-types",
        )
    ),
    _list(
        "query-stats",
        Parameter("target"),
        Parameter("vcpus", List(STRING), optional=True),
        Parameter("providers", ANY, optional=True),
    ),
    _list("query-stats-schemas", Parameter("provider", optional=True)),
    QmpCommand("query-migrate-capabilities", _migrate_capabilities, (), List(ANY)),
    QmpCommand(
        "migrate-set-capabilities",
        _set_migrate_capabilities,
        (Parameter("capabilities", List(ANY)),),
    ),
)
