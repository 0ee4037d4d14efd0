"""Commands that change nothing on the machine, and are no answers to a step."""

from __future__ import annotations

READ_ONLY_COMMANDS = (
    *("", "?", "clear", "events", "explain", "help", "info", "learn", "map", "p", "print"),
    *("qom-get", "qom-list", "save", "sleep", "source", "wait", "x", "xp"),
)


def is_read_only(name: str) -> bool:
    """Return whether a command of that name changes nothing on the machine."""
    return name in READ_ONLY_COMMANDS
