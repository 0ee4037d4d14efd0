"""Completion of command names, subjects and ids, from the command table and the live machine.

What may stand where is declared with the commands.
"""

from __future__ import annotations

from collections.abc import Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from hmp.commands.table import COMMANDS, INFO
from hmp.machine import device_types
from hmp.machine.backends import MemoryBackend
from hmp.machine.creation import CREATABLE
from hmp.monitor import Monitor


class MonitorCompleter(Completer):
    """Completes the word before the cursor."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Candidates that begin with what was typed of the word."""
        words = document.text_before_cursor.split(" ")
        typed = words[-1]
        for candidate, meaning in self._candidates([word for word in words[:-1] if word]):
            if candidate.startswith(typed):
                yield Completion(candidate, -len(typed), display_meta=meaning)

    def _candidates(self, before: list[str]) -> list[tuple[str, str]]:
        if not before:
            return [(name, command.help) for name, command in sorted(COMMANDS.items())]
        command = COMMANDS.get(before[0])
        if command is None or len(before) > 1:
            return []
        return self._subjects(command.completes)

    def _subjects(self, what: str) -> list[tuple[str, str]]:
        machine = self.monitor.machine
        if what == "info":
            return [(name, command.help) for name, command in sorted(INFO.items())]
        if what == "commands":
            return [(name, command.help) for name, command in sorted(COMMANDS.items())]
        if what == "devices":
            return [(name, child.type_name) for name, child in sorted(machine.peripheral.children.items())]
        if what == "objects":
            return [(name, child.type_name) for name, child in sorted(machine.objects.children.items())
                    if not (isinstance(child, MemoryBackend) and child.user)]
        if what == "types":
            return [(f"{name},", "") for name in sorted(CREATABLE)]
        return [(f"{name},", "") for name in sorted(device_types.USER_CREATABLE)] if what == "drivers" else []
