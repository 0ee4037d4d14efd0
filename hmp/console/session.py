"""Run a console on the terminal, alone or beside the sockets of the same machine."""

from __future__ import annotations

import asyncio
import signal
import sys
from io import TextIOWrapper

from hmp.errors import InputError
from hmp.monitor import Monitor
from hmp.serve.event_loop import MachineDriver
from hmp.settings.options import Settings


def run_console(monitor: Monitor, settings: Settings, recording: str = "") -> int:
    """Run a console until `quit` or Ctrl-D; return the exit status, which is always 0."""
    return asyncio.run(_run_alone(monitor, settings, recording))


async def _run_alone(monitor: Monitor, settings: Settings, recording: str) -> int:
    driver = MachineDriver(monitor.machine)
    console = asyncio.ensure_future(run_console_async(monitor, settings, recording))
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Cancelling lets prompt_toolkit restore the terminal's modes.
        asyncio.get_running_loop().add_signal_handler(number, console.cancel)
    try:
        return await console
    except asyncio.CancelledError:
        return 0
    finally:
        driver.end()


async def run_console_async(monitor: Monitor, settings: Settings, recording: str = "") -> int:
    """Run a console in the present event loop, in which the caller drives the machine.

    Return the exit status; raise InputError for a recording of the plain console.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        # A character that the terminal's encoding lacks is replaced instead of raising.
        sys.stdout.reconfigure(errors="replace")
    if settings.is_enabled("plain"):
        from hmp.console.plain import run_plain

        if recording:
            raise InputError("--record: the plain console is not recorded")
        await run_plain(monitor, settings.is_enabled("history"))
        return 0
    from prompt_toolkit.output import create_output

    from hmp.console.console import Console
    from hmp.console.output import ConsoleOutput
    from hmp.console.prompt.style import theme_style
    from hmp.console.recording import open_recording, recorder_of

    with open_recording(recording, sys.stdout) as stream:
        style = theme_style(settings["theme"])
        output = ConsoleOutput(create_output(stream), stream, style, recorder_of(stream))
        console = Console(monitor, settings, output)
        try:
            await console.run()
        finally:
            console.tutorial.close()
    return 0
