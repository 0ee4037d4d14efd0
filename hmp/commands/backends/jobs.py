"""Commands on block jobs, snapshots and exports of drives, of which there are none: nothing here
copies what is in an image.
"""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.errors import DeviceNotFoundError, StateError
from hmp.machine.block.unsupported import UnsupportedError


def block_job(ctx: Context, device: str, **options: object) -> str:
    """Fail: there is no block job."""
    raise StateError(f"Block job '{device}' not found")


def info_block_jobs(ctx: Context) -> str:
    """List the block jobs: none."""
    return "No active jobs\n"


def commit(ctx: Context, device: str) -> str:
    """Write changes to the image below, which a drive without one has not."""
    if device == "all":
        return ""
    backend = ctx.machine.block.find_backend(device)
    if backend is None:
        raise DeviceNotFoundError(device)
    if backend.root is None or backend.root.backing is None:
        reason = "No medium found" if backend.root is None else "Operation not supported"
        raise StateError(f"'commit' error for '{device}': {reason}")
    raise UnsupportedError("block jobs")


def start_job(ctx: Context, **arguments: object) -> str:
    """Refuse: data of images is not copied."""
    raise UnsupportedError("block jobs")


def snapshot(ctx: Context, **arguments: object) -> str:
    """Refuse: there are no snapshots."""
    raise UnsupportedError("snapshots")


def export(ctx: Context, **arguments: object) -> str:
    """Refuse: no drive is exported."""
    raise UnsupportedError("NBD servers")


def nbd_server_stop(ctx: Context) -> str:
    """Fail: no server runs."""
    raise StateError("NBD server not running")


def nbd_server_remove(ctx: Context, force: bool, name: str) -> str:
    """Fail: there is no export."""
    raise StateError(f"Export '{name}' is not found")
