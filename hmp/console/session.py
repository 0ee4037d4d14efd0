"""A console on the terminal, from its settings to its end, alone or beside the sockets of the same
machine.

What happens in between is in `console.py` and `plain.py`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from io import TextIOWrapper

from hmp.errors import InputError
from hmp.monitor import Monitor
from hmp.serve.driver import MachineDriver
from hmp.settings.options import Settings


def run_console(monitor: Monitor, settings: Settings, recording: str = "") -> int:
    """Converse on the terminal until `quit` or Ctrl-D; the exit status is always 0."""
    return asyncio.run(_run_alone(monitor, settings, recording))


async def _run_alone(monitor: Monitor, settings: Settings, recording: str) -> int:
    turns = MachineDriver(monitor.machine)
    conversation = asyncio.ensure_future(converse(monitor, settings, recording))
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Ending in order gives the terminal back as it was.
        asyncio.get_running_loop().add_signal_handler(number, conversation.cancel)
    try:
        return await conversation
    except asyncio.CancelledError:
        return 0
    finally:
        turns.end()


async def converse(monitor: Monitor, settings: Settings, recording: str = "") -> int:
    """The console as a coroutine, so that sockets can be served beside it; somebody else brings the
    clock.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(
            errors="replace"
        )  # A letter that the terminal does not have ends nothing.
    if settings.is_on("plain"):
        from hmp.console.plain import run_plain

        if recording:
            raise InputError("--record: the plain console is not recorded")
        await run_plain(monitor, settings.is_on("history"))
        return 0
    from prompt_toolkit.output import create_output

    from hmp.console.console import Console
    from hmp.console.output import Screen
    from hmp.console.prompt.style import style_of
    from hmp.console.recording import recorded

    with recorded(recording, sys.stdout) as stream:
        screen = Screen(create_output(stream), stream, style_of(settings["theme"]))
        console = Console(monitor, settings, screen)
        try:
            await console.converse()
        finally:
            console.tutorial.close()
    return 0
