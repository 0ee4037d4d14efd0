"""Events of the machine above the prompt, in plain words, while one types.

The words are in `hmp.assist.event_messages`; while a command runs its events wait for the end of
its reply.
"""

from __future__ import annotations

from hmp.assist.event_messages import event_text
from hmp.console.output import Screen
from hmp.machine.events import Event
from hmp.machine.machine import Machine
from hmp.settings.options import Settings

MARK = "· "


class EventPrinter:
    """Tells what happens to one machine at a time."""

    def __init__(self, screen: Screen, settings: Settings) -> None:
        self._screen, self._settings = screen, settings
        self._waiting: list[Event] = []
        self._machine: Machine | None = None
        self.at_prompt = False

    def follow(self, machine: Machine) -> None:
        """Tell of this machine from now on, and no longer of another."""
        if self._machine:
            self._machine.events.listeners.remove(self._hear)
        self._machine = machine
        machine.events.listeners.append(self._hear)

    def _hear(self, event: Event) -> None:
        self._waiting.append(event)
        if self.at_prompt:
            self.tell()

    def tell(self) -> None:
        """Show what waits."""
        told, self._waiting = self._waiting, []
        if told and self._settings.is_on("events"):
            self._screen.show([("class:hint", f"{MARK}{event_text(event)}\n") for event in told])
