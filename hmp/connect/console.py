"""Run the console in front of a running QEMU: its events come in, and the shadow is kept fresh."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from hmp.cmdline.configuration import Configuration
from hmp.connect.connection import Connection
from hmp.connect.monitor import RemoteMonitor
from hmp.console.run import run_console_async, run_until_signal
from hmp.encoding import to_unicode
from hmp.serve.event_loop import report_exceptions
from hmp.settings.load import for_terminal, load_settings

REFRESH_S = 1.0
"""How often the shadow is refreshed while nothing happens."""


def run_remote_console(configuration: Configuration, monitor: RemoteMonitor) -> int:
    """Run a console until `quit`, Ctrl-D or a termination signal; return the exit status."""
    settings = for_terminal(load_settings(configuration.program.settings))
    recording = to_unicode(configuration.program.recording)
    console = run_console_async(monitor, settings, recording, configuration.machine_words)
    try:
        return asyncio.run(_run(monitor, console))
    finally:
        monitor.connection.link.close()


async def _run(monitor: RemoteMonitor, console: Coroutine[Any, Any, int]) -> int:
    report_exceptions(monitor.context.to_stderr)
    monitor.connection.reconnects = True
    follower = asyncio.ensure_future(_follow(monitor.connection))
    try:
        return await run_until_signal(console)
    finally:
        follower.cancel()
        with suppress(asyncio.CancelledError):
            await follower


async def _follow(connection: Connection) -> None:
    """Refresh the shadow on events, which then are passed on, and once a second."""
    loop, awake = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        # The loop may have ended before the link's thread.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(awake.set)

    connection.inbox.wake = wake
    # The schema is long; the prompt comes first.
    await asyncio.sleep(REFRESH_S)
    await asyncio.to_thread(connection.types.load_objects)
    while True:
        with suppress(TimeoutError):
            # asyncio.wait_for may lose that this is cancelled.
            async with asyncio.timeout(REFRESH_S):
                await awake.wait()
        awake.clear()
        if not connection.link.lost:
            await asyncio.to_thread(connection.refresh)
        connection.relay_events()
