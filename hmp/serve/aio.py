"""Waiting for a descriptor in an event loop."""

from __future__ import annotations

import asyncio


async def wait_readable(descriptor: int) -> None:
    """Wait until a descriptor can be read; a regular file always can."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
