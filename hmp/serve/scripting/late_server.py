"""What a script adds that an event loop has to serve: the script goes on in one then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hmp.machine.chardevs.device import CharacterDevice
    from hmp.machine.machine import Machine
    from hmp.serve.scripting.runner import Pauses, ScriptRunner


def needs_server(machine: Machine, foreground: CharacterDevice) -> bool:
    """Return whether there is more than the monitor in the foreground."""
    return any(
        device.needs_event_loop
        or (
            device.front_end is not None
            and device.front_end.needs_event_loop
            and device.config.backend != "vc"
        )
        for device in machine.chardevs
        if device is not foreground
    )


class LateServer:
    """Tells when a machine needs a server; `go_on` serves it, and ends the script meanwhile."""

    def __init__(
        self,
        machine: Machine,
        foreground: CharacterDevice,
        go_on: Callable[[ScriptRunner, Pauses], int],
    ) -> None:
        self._machine, self._foreground, self.go_on = machine, foreground, go_on
        self._has_changed = False
        machine.chardevs.on_added = machine.chardevs.on_front_end = self._on_change

    def _on_change(self, device: CharacterDevice) -> None:
        # Later: what is being added has not got everything yet.
        self._has_changed = True

    def is_needed(self) -> bool:
        """Return whether the machine needs a server now."""
        if not self._has_changed:
            return False
        self._has_changed = False
        return needs_server(self._machine, self._foreground)
