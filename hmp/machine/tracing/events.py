"""The trace events of QEMU, which can be switched on and off; nothing here is ever traced."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hmp.errors import StateError

# Recorded by `scripts/record trace-events`.
DATA = Path(__file__).with_name("trace_events.json")


class UnknownEventError(StateError):
    """No event has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f'unknown event "{name}"', prefix=False)
        self.name = name


class UnavailableEventError(StateError):
    """QEMU was built without the event."""

    def __init__(self, name: str) -> None:
        super().__init__(f'event "{name}" is disabled', prefix=False)
        self.name = name


@cache
def _data() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(DATA.read_text(encoding="ascii"))
    return found


def event_names() -> list[str]:
    """Return the names of all events, in the order of `-trace help`."""
    return _data()["names"]


def events_help() -> str:
    """Return the names, one a line."""
    return "".join(f"{name}\n" for name in event_names())


def is_available(name: str) -> bool:
    """Return whether QEMU was built with an event."""
    return name not in _data()["unavailable"]


class TraceEvents:
    """Which events are on; the names are read when one is first asked for."""

    def __init__(self) -> None:
        self._enabled: set[str] = set()

    def is_enabled(self, name: str) -> bool:
        """Return whether an event is on."""
        return name in self._enabled

    def find(self, pattern: str) -> list[str]:
        """Return the events of a name, or of a pattern with a `*`, which may fit none; the newest
        first.

        Raises:
            UnknownEventError: It is a name, and no event has it.
        """
        if "*" not in pattern:
            if pattern not in event_names():
                raise UnknownEventError(pattern)
            return [pattern]
        parts = {"*": ".*", "?": "."}
        text = "".join(parts.get(letter) or re.escape(letter) for letter in pattern)
        fits = re.compile(text).fullmatch
        return [name for name in reversed(event_names()) if fits(name)]

    def switch(self, pattern: str, enable: bool, ignore_unavailable: bool) -> None:
        """Switch events on or off.

        Raises:
            UnknownEventError: There is none of that name.
            UnavailableEventError: QEMU does not have one of them; none is switched then.
        """
        found = self.find(pattern)
        lacking = [name for name in found if not is_available(name)]
        if lacking and not ignore_unavailable:
            raise UnavailableEventError(lacking[0])
        available = set(found).difference(lacking)
        if enable:
            self._enabled |= available
        else:
            self._enabled -= available

    def switch_by_option(self, pattern: str, warn: Callable[[str], None]) -> None:
        """Switch events on, or off with a `-` in front; warn of one that there is not."""
        name = pattern.removeprefix("-")
        try:
            self.switch(name, name == pattern, ignore_unavailable="*" in name)
        except UnknownEventError:
            warn(f"trace event '{name}' does not exist")
        except UnavailableEventError:
            warn(f"trace event '{name}' is not traceable")
