"""The run of a script or a console: its events, what it accepted, and what it is to do next."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.session.lines import ScriptLine

if TYPE_CHECKING:
    from hmp.machine.events import Event
    from hmp.machine.machine import Machine

# Beyond this the oldest events are forgotten.
MAX_EVENTS = 10_000
MAX_DEPTH = 16
# `env -S` splits the rest of the line much as a shell does.
SHEBANG = "#!/usr/bin/env -S hmp"
# What would end the saved script, or names another file.
NOT_SAVED = ("quit", "q", "save", "source")


class NestingError(StateError):
    """A script names a script that names another, and so on."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: scripts are nested deeper than {MAX_DEPTH}")
        self.path = path


class Session:
    """The run of one script or console on a machine.

    `words` are the command line of the machine (bytes, held in Latin-1 strs). `events` are those
    that no `wait` has taken, `awaited` is the one that the last `wait` took. `accepted` are the
    lines that were accepted.
    """

    def __init__(self, machine: Machine, words: list[str]) -> None:
        self.words = words
        self.events: deque[Event] = deque(maxlen=MAX_EVENTS)
        self.awaited: Event | None = None
        machine.events.listeners.append(self.events.append)
        self.accepted: list[str] = []
        self._sourced: list[ScriptLine] = []
        self._depth, self._pause_s = 0, 0.0

    def take_event(self, name: str) -> Event | None:
        """Return the oldest event of a name and take it; None where there is none."""
        found = next((event for event in self.events if event.name == name), None)
        if found:
            self.events.remove(found)
        return found

    def pause(self, seconds: float) -> None:
        """Have the front end wait before the next part of the reply, while the machine goes on."""
        self._pause_s = seconds

    def take_pause(self) -> float:
        """Return once how many seconds the front end is to wait."""
        seconds, self._pause_s = self._pause_s, 0.0
        return seconds

    def source(self, path: str, lines: list[ScriptLine]) -> None:
        """Have the front end run these lines next; raise NestingError when they are too deep."""
        if self._depth >= MAX_DEPTH:
            raise NestingError(path)
        self._sourced = lines

    @contextmanager
    def sourced(self) -> Iterator[list[ScriptLine]]:
        """Yield the lines that are to be run next; the front end runs them in the block."""
        lines, self._sourced = self._sourced, []
        self._depth += 1
        try:
            yield lines
        finally:
            self._depth -= 1

    def record(self, name: str, line: str) -> None:
        """Keep a line that was accepted, with the name of its command, for `save`."""
        if name not in NOT_SAVED:
            self.accepted.append(line)

    def forget(self, line: str) -> None:
        """Take back the last record of a line, which was undone."""
        at = max(index for index, text in enumerate(self.accepted) if text == line)
        del self.accepted[at]

    def follow(self, machine: Machine) -> None:
        """Take the events of another machine, which stands for the first one."""
        machine.events.listeners.append(self.events.append)

    @property
    def script(self) -> str:
        """What was accepted, as a script that runs by itself (bytes, held in a Latin-1 str)."""
        first = " ".join((SHEBANG, *map(shlex.quote, self.words)))
        return "".join(f"{line}\n" for line in (first, *self.accepted))
