"""The history of lines: kept between sessions in the XDG state folder, or only for this one.

What the monitor itself remembers for `info history` is the monitor's business.
"""

from __future__ import annotations

from prompt_toolkit.history import FileHistory, History, InMemoryHistory


def open_history(is_kept: bool = True) -> History:
    """The history kept between sessions, or one for this session when it isn't wanted or can't be
    written.
    """
    if not is_kept:
        return InMemoryHistory()
    from platformdirs import user_state_path

    folder = user_state_path("hmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "history", "ab"):
            return FileHistory(folder / "history")
    except OSError:
        return InMemoryHistory()
