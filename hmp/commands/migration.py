"""Commands of migration: the machine waits, and goes nowhere."""

from __future__ import annotations

from hmp.commands.command import read_switch
from hmp.commands.context import Context
from hmp.errors import InputError, StateError
from hmp.machine.migration.incoming import NO_POSTCOPY, NOT_PAUSABLE, NOT_PAUSED
from hmp.machine.migration.parameters import describe_parameters, parse_parameter


def migrate_incoming(ctx: Context, uri: str) -> str:
    """Listen for the source of an incoming migration."""
    ctx.machine.migration.start(uri)
    return ""


def migrate(ctx: Context, detach: bool, resume: bool, uri: str) -> str:
    """Refuse to migrate."""
    ctx.machine.migration.refuse(uri)
    return ""


def migrate_cancel(ctx: Context) -> str:
    """Do nothing, as QEMU when there is no migration."""
    return ""


def migrate_pause(ctx: Context) -> str:
    """Fail: there is no migration."""
    raise StateError(NOT_PAUSABLE)


def migrate_start_postcopy(ctx: Context) -> str:
    """Fail: there is no migration."""
    raise StateError(NO_POSTCOPY)


def migrate_recover(ctx: Context, uri: str) -> str:
    """Fail: no migration is paused."""
    raise StateError(NOT_PAUSED)


def migrate_set_capability(ctx: Context, capability: str, state: str | None) -> str:
    """Switch a capability, which nothing reads."""
    value = read_switch("migrate_set_capability", state)
    if capability not in ctx.machine.migration.capabilities:
        raise InputError(f"invalid parameter value: {capability}")
    ctx.machine.migration.capabilities[capability] = value
    return ""


def info_migrate_capabilities(ctx: Context) -> str:
    """List the capabilities."""
    found = ctx.machine.migration.capabilities
    return "".join(f"{name}: {'on' if value else 'off'}\n" for name, value in found.items())


def migrate_set_parameter(ctx: Context, parameter: str, value: str) -> str:
    """Set a parameter, which nothing reads."""
    ctx.machine.migration.set_parameters({parameter: parse_parameter(parameter, value)})
    return ""


def info_migrate_parameters(ctx: Context) -> str:
    """List the parameters."""
    return describe_parameters(ctx.machine.migration.parameters)


def info_migrate(ctx: Context) -> str:
    """Show where the machine waits for a migration."""
    address = ctx.machine.migration.address
    if address is None:
        return ""
    shown = (
        f"unix:{address['path']}"
        if address["type"] == "unix"
        else f"tcp:{address['host']}:{address['port']}"
    )
    return f"Status: \t\tsetup\nSockets: [\n\t{shown}\n]\n"
