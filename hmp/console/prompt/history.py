"""Open the history of lines: a file in the XDG state directory, or one in memory.

`info history` lists the monitor's own history, as QEMU does.
"""

from __future__ import annotations

from prompt_toolkit.history import FileHistory, History, InMemoryHistory


def open_history(keep: bool = True) -> History:
    """Return the history kept between sessions, or one in memory.

    It is in memory when `keep` is false or the file can't be written.
    """
    if not keep:
        return InMemoryHistory()
    from platformdirs import user_state_path

    directory = user_state_path("hmp")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with open(directory / "history", "ab"):
            return FileHistory(directory / "history")
    except OSError:
        return InMemoryHistory()
