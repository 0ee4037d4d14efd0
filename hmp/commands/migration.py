"""migrate_incoming, migrate, migrate_cancel, info migrate: the machine waits, and goes nowhere."""

from __future__ import annotations

from hmp.commands.context import Context


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
