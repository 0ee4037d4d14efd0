"""Print the machine's events above the prompt, one line each: `· dimm1: online in the guest`.

The texts are in `hmp.assist.event_messages`. The events of a running command are printed after its
reply, so that they do not interrupt the monitor's own text.
"""

from __future__ import annotations

from hmp.assist.event_messages import event_message
from hmp.console.output import ConsoleOutput
from hmp.machine.events import Event
from hmp.machine.machine import Machine
from hmp.settings.options import Settings
from hmp.text import wrap

EVENT_PREFIX = "· "


class EventPrinter:
    """Prints the events of one machine at a time; `at_prompt` while a line is edited."""

    def __init__(self, output: ConsoleOutput, settings: Settings) -> None:
        self._output, self._settings = output, settings
        self._pending: list[str] = []
        self._machine: Machine | None = None
        self.at_prompt = False

    def attach(self, machine: Machine) -> None:
        """Print the events of this machine from now on, and no longer those of another."""
        if self._machine:
            self._machine.events.listeners.remove(self._on_event)
        self._machine = machine
        machine.events.listeners.append(self._on_event)

    def _on_event(self, event: Event) -> None:
        if self._machine and (message := event_message(event, self._machine)):
            self._pending.append(message)
        if self.at_prompt:
            self.flush()

    def flush(self) -> None:
        """Print the pending events, or drop them when events are switched off."""
        messages, self._pending = self._pending, []
        if messages and self._settings.is_enabled("events"):
            columns = self._output.size.columns
            lines = [line for each in messages for line in wrap(each, columns, EVENT_PREFIX)]
            self._output.show([("class:hint", f"{line}\n") for line in lines])
