"""migrate-incoming, migrate, migrate_cancel and query-migrate."""

from __future__ import annotations

from hmp.errors import InputError, StateError
from hmp.machine.migration import NotExpectedError, split_uri
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
)
