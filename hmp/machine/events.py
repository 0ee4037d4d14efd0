"""Events of the machine, for whoever listens (QMP clients, later the console).

Nothing here formats them or knows a socket.
"""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[str, dict[str, object]], None]


class Events:
    """Names and data of what happens, delivered at once and in order."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    def emit(self, name: str, **data: object) -> None:
        """Tell every listener; the members of `data` are QMP's, with `_` for `-`."""
        members = {key.replace("_", "-"): value for key, value in data.items() if value is not None}
        for listener in self.listeners:
            listener(name, members)
