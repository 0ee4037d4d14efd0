"""Events of the machine, for listeners such as QMP clients, the console, or a test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from hmp.machine.timers import TimerQueue
from hmp.record import Record

# Every event that a machine may emit.
EVENTS = (
    "ACPI_DEVICE_OST",
    "BALLOON_CHANGE",
    "DEVICE_DELETED",
    "DEVICE_TRAY_MOVED",
    "DUMP_COMPLETED",
    "MEMORY_DEVICE_SIZE_CHANGE",
    "POWERDOWN",
    "RESET",
    "RESUME",
    "SHUTDOWN",
    "STOP",
)
# The member that names the object; without one there is only one of it.
THROTTLED = {"MEMORY_DEVICE_SIZE_CHANGE": "qom-path", "BALLOON_CHANGE": ""}
THROTTLE_S = 1.0


class Event(Record):
    """An event: QMP's name and data, and the time in microseconds since 1970."""

    name: str
    data: dict[str, Any]
    microseconds: int


Listener = Callable[[Event], None]


class Events:
    """Calls every listener at once for each event, in order.

    Events in THROTTLED are emitted at most once a second for each object: the first at once, the
    latest at the end of the second of `timers` (docs/qemu-behaviour/qmp.md §A6).
    """

    def __init__(self, timers: TimerQueue) -> None:
        self.listeners: list[Listener] = []
        self.timers = timers
        self._held: dict[object, Event | None] = {}

    def emit(self, name: str, **data: object) -> None:
        """Emit an event; `data` has QMP's members, with `_` for `-`; those that are None are left
        out.
        """
        members = {key.replace("_", "-"): value for key, value in data.items() if value is not None}
        event = Event(name, members, time.time_ns() // 1000)
        if name not in THROTTLED:
            self._notify(event)
            return
        key = name, members.get(THROTTLED[name])
        if key in self._held:
            self._held[key] = event
            return
        self._notify(event)
        self._throttle(key)

    def relay(self, event: Event) -> None:
        """Pass on an event that another program has emitted, and throttled."""
        self._notify(event)

    def _throttle(self, key: object) -> None:
        self._held[key] = None
        self.timers.call_later(THROTTLE_S, lambda: self._resume(key))

    def _resume(self, key: object) -> None:
        # Without a held event the next one is emitted at once again.
        latest = self._held.pop(key)
        if latest:
            self._notify(latest)
            self._throttle(key)

    def _notify(self, event: Event) -> None:
        # A copy: a listener may leave while it is called.
        for listener in tuple(self.listeners):
            listener(event)
