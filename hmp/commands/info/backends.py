"""info iothreads and info virtio."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.machine.objects.event_loops import io_threads
from hmp.machine.queries import virtio_devices


def info_iothreads(ctx: Context) -> str:
    """List the I/O threads with their settings."""
    lines = []
    for thread in io_threads(ctx.machine):
        lines.append(f"{thread.name}:")
        lines += [f"  {key.replace('-id', '_id')}={value}" for key, value in thread.info().items()]
    return "".join(f"{line}\n" for line in lines)


def info_virtio(ctx: Context) -> str:
    """List the virtio devices; StateError when there is none."""
    devices = virtio_devices(ctx.machine)
    return "".join(f"{path} [{name}]\n" for path, name in devices.items())
