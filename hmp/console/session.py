"""The interactive console: prompt, editing, history and completion around the monitor's unchanged text.

Commands and their meaning are not known here.
"""

from __future__ import annotations

import asyncio
import sys

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from hmp.console.completer import MonitorCompleter
from hmp.monitor import BANNER, PROMPT, Monitor
from hmp.octets import from_text, to_text


def _history() -> History:
    """The history kept between sessions, or one for this session when the state folder can't be written."""
    from platformdirs import user_state_path

    folder = user_state_path("hmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "history", "ab"):
            return FileHistory(folder / "history")
    except OSError:
        return InMemoryHistory()


def run_console(monitor: Monitor) -> int:
    """Converse on the terminal until `quit` or Ctrl-D; the exit status is always 0."""
    return asyncio.run(converse(monitor))


async def converse(monitor: Monitor) -> int:
    """The console as a coroutine, so that sockets can be served beside it."""
    monitor.to_stdout = _show
    session: PromptSession[str] = PromptSession(
        history=_history(), completer=MonitorCompleter(monitor), complete_while_typing=False
    )
    _show(f"{BANNER}\n")
    while not monitor.ended:
        try:
            line = await session.prompt_async(PROMPT)
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        octets = from_text(line)
        monitor.remember(octets)
        monitor.machine.let_guest_run()  # What fell due while nothing was typed happened before this line.
        _show(monitor.execute(octets).text)
        monitor.machine.let_guest_run()
    return 0


def _show(octets: str) -> None:
    sys.stdout.write(to_text(octets))
    sys.stdout.flush()

