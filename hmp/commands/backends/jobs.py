"""Commands on block jobs, snapshots and exports of drives, of which there are none: nothing here
copies what is in an image.
"""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.errors import DeviceNotFoundError, MissingParameterError, StateError
from hmp.machine.block.unsupported import (
    JOBS,
    SERVERS,
    SNAPSHOTS,
    NoServerError,
    UnsupportedError,
    refuse,
)


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
    raise UnsupportedError(JOBS)


def start_job(ctx: Context, **arguments: object) -> str:
    """Refuse: data of images is not copied."""
    raise UnsupportedError(JOBS)


def snapshot(ctx: Context, **arguments: object) -> str:
    """Refuse: there are no snapshots."""
    raise UnsupportedError(SNAPSHOTS)


def snapshot_blkdev(
    ctx: Context, reuse: bool, device: str, snapshot_file: str | None, format: str | None
) -> str:
    """Look for the drive and refuse to go on with another image."""
    if snapshot_file is None:
        raise MissingParameterError("snapshot-file")
    return refuse(ctx.machine, "blockdev-snapshot-sync", {"device": device})


def snapshot_blkdev_internal(ctx: Context, device: str, **names: object) -> str:
    """Look for the drive and refuse to keep its state inside of its image."""
    return refuse(ctx.machine, "blockdev-snapshot-internal-sync", {"device": device})


def info_snapshots(ctx: Context) -> str:
    """Fail: no drive keeps snapshots, or nothing reads what is in its image."""
    ctx.machine.onboard.ensure()
    roots = [backend.root for backend in ctx.machine.block.all_backends()]
    if not any(root and root.driver == "qcow2" and not root.read_only for root in roots):
        raise StateError("no block device can store vmstate for snapshot")
    raise UnsupportedError(SNAPSHOTS)


def nbd_server_add(ctx: Context, writable: bool, device: str, name: str | None) -> str:
    """Look for the drive; no server runs."""
    return refuse(ctx.machine, "nbd-server-add", {"device": device})


def export(ctx: Context, **arguments: object) -> str:
    """Refuse: no drive is exported."""
    raise UnsupportedError(SERVERS)


def nbd_server_stop(ctx: Context) -> str:
    """Fail: no server runs."""
    raise NoServerError


def nbd_server_remove(ctx: Context, force: bool, name: str) -> str:
    """Fail: there is no export."""
    raise StateError(f"Export '{name}' is not found")
