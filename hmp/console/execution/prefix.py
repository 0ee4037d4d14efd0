"""`time` and `watch [SECONDS]` before another command."""

from __future__ import annotations

import re
from typing import NamedTuple

from hmp.errors import InputError

TIME, WATCH = "time", "watch"
DEFAULT_INTERVAL_S, MIN_INTERVAL_S, MAX_INTERVAL_S = 2.0, 0.1, 86400.0
WATCH_USAGE = "usage: watch [SECONDS] COMMAND"
_FORM = re.compile(rf"\s*(?P<name>{TIME}|{WATCH}(?:\s+(?P<seconds>[\d.]+)(?=\s))?)\s+")


class IntervalError(InputError):
    """The number of seconds of `watch` is none, or too small or large."""

    def __init__(self, text: str) -> None:
        limits = f"from {MIN_INTERVAL_S:g} to {MAX_INTERVAL_S:g}"
        super().__init__(f"{WATCH_USAGE}, with seconds {limits}, not '{text}'")
        self.text = text


class Prefix(NamedTuple):
    """What stands before a command: its text, the name, empty for none, and the seconds."""

    text: str = ""
    name: str = ""
    seconds: str | None = None

    @property
    def interval_s(self) -> float:
        """How often `watch` runs the command; raise IntervalError for an impossible number."""
        if self.seconds is None:
            return DEFAULT_INTERVAL_S
        try:
            interval = float(self.seconds)
        except ValueError:
            raise IntervalError(self.seconds) from None
        if not MIN_INTERVAL_S <= interval <= MAX_INTERVAL_S:
            raise IntervalError(self.seconds)
        return interval


def split_prefix(text: str) -> Prefix:
    """Return the prefix that a typed line begins with."""
    found = _FORM.match(text)
    if found is None:
        return Prefix()
    return Prefix(found[0], TIME if found["name"] == TIME else WATCH, found["seconds"])
