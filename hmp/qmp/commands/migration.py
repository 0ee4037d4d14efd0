"""The commands of migration, with its capabilities and parameters, which are kept as set."""

from __future__ import annotations

from hmp.errors import InputError, StateError
from hmp.machine.migration.incoming import NotExpectedError, split_uri
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import ANY, BOOLEAN, List


def migrate_incoming(ctx: Context, arguments: Arguments) -> object:
    """Listen for the source of an incoming migration."""
    if not ctx.machine.migration.expected:
        raise NotExpectedError
    ctx.machine.migration.start(_uri(arguments))
    return {}


def migrate(ctx: Context, arguments: Arguments) -> object:
    """Refuse to migrate."""
    ctx.machine.migration.refuse(_uri(arguments))
    return {}


def _uri(arguments: Arguments) -> str:
    uri = arguments.get("uri")
    if uri is None:
        if "channels" in arguments:
            raise StateError("channels are not supported by hmp; give a uri")
        raise InputError("need either 'uri' or 'channels' argument")
    split_uri(uri)
    return str(uri)


def migrate_cancel(ctx: Context, arguments: Arguments) -> object:
    """Do nothing, as QEMU when there is no migration."""
    return {}


def query_migrate(ctx: Context, arguments: Arguments) -> object:
    """Return where the machine waits for a migration."""
    address = ctx.machine.migration.address
    return {} if address is None else {"status": "setup", "socket-address": [address]}


def query_capabilities(ctx: Context, arguments: Arguments) -> object:
    """Return what is set of each capability."""
    return [
        {"state": state, "capability": name}
        for name, state in ctx.machine.migration.capabilities.items()
    ]


def set_capabilities(ctx: Context, arguments: Arguments) -> object:
    """Set some capabilities."""
    for item in arguments["capabilities"]:
        ctx.machine.migration.capabilities[item["capability"]] = item["state"]
    return {}


def query_parameters(ctx: Context, arguments: Arguments) -> object:
    """Return all parameters."""
    return ctx.machine.migration.parameters


def set_parameters(ctx: Context, arguments: Arguments) -> object:
    """Set some parameters."""
    ctx.machine.migration.set_parameters(arguments)
    return {}


_WHERE = (Parameter("uri", optional=True), Parameter("channels", List(ANY), optional=True))
COMMANDS = (
    QmpCommand("query-migrate", query_migrate),
    QmpCommand(
        "migrate-incoming",
        migrate_incoming,
        (*_WHERE, Parameter("exit-on-error", BOOLEAN, optional=True)),
    ),
    QmpCommand(
        "migrate",
        migrate,
        (
            *_WHERE,
            Parameter("detach", BOOLEAN, optional=True),
            Parameter("resume", BOOLEAN, optional=True),
        ),
    ),
    QmpCommand("migrate_cancel", migrate_cancel),
    QmpCommand("query-migrate-capabilities", query_capabilities, is_recorded=True),
    QmpCommand("migrate-set-capabilities", set_capabilities, is_recorded=True),
    QmpCommand("query-migrate-parameters", query_parameters, is_recorded=True),
    QmpCommand("migrate-set-parameters", set_parameters, is_recorded=True),
)
