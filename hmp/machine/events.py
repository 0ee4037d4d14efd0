"""Events of the machine, for whoever listens (QMP clients, the console, a test).

Nothing here formats them or knows a socket.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from hmp.machine.timers import TimerQueue

THROTTLED = {"MEMORY_DEVICE_SIZE_CHANGE": "qom-path"}
PAUSE = 1.0


class Event(NamedTuple):
    """What happened: QMP's name and data, and the time in microseconds since 1970."""

    name: str
    data: dict[str, object]
    microseconds: int


Listener = Callable[[Event], None]


class Events:
    """Tells every listener what happens, at once and in order.

    Events of a kind in THROTTLED come at most once a second for each object: the first at once,
    then the latest when the second is over (docs/qemu-behaviour/qmp.md §A6).
    """

    def __init__(self, timers: TimerQueue) -> None:
        self.listeners: list[Listener] = []
        self._agenda = timers
        self._held: dict[object, Event | None] = {}

    def emit(self, name: str, **data: object) -> None:
        """Something happened; the members of `data` are QMP's, with `_` for `-`, and None for what
        is not there.
        """
        members = {key.replace("_", "-"): value for key, value in data.items() if value is not None}
        event = Event(name, members, time.time_ns() // 1000)
        if name not in THROTTLED:
            self._tell(event)
            return
        key = name, members[THROTTLED[name]]
        if key in self._held:
            self._held[key] = event
            return
        self._tell(event)
        self._pause(key)

    def _pause(self, key: object) -> None:
        self._held[key] = None
        self._agenda.later(PAUSE, lambda: self._resume(key))

    def _resume(self, key: object) -> None:
        latest = self._held.pop(key)
        if latest:
            self._tell(latest)
            self._pause(key)

    def _tell(self, event: Event) -> None:
        for listener in tuple(self.listeners):
            listener(event)
