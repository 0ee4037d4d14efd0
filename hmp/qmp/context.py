"""The context of QMP commands: the state of one connection."""

from __future__ import annotations

from collections.abc import Mapping

from hmp.errors import HmpError
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from hmp.qmp.command import QmpCommand


class CommandNotFoundError(HmpError):
    """There is no such command, or not in this phase of the connection."""

    qmp_class = "CommandNotFound"

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Context:
    """The state of one connection; `human` is the monitor of human-monitor-command.

    A client has to negotiate before any other command, and may enable out-of-band commands then
    (docs/qemu-behaviour/qmp.md §A4).
    """

    def __init__(
        self, machine: Machine, commands: Mapping[str, QmpCommand], human: Monitor
    ) -> None:
        self.machine = machine
        self.commands = commands
        self.human = human
        self.negotiated = False
        self.oob_enabled = False

    def negotiate(self, capabilities: list[str]) -> None:
        """Enter command mode; CommandNotFoundError when the client has done so already."""
        if self.negotiated:
            raise CommandNotFoundError(
                "qmp_capabilities", "Capabilities negotiation is already complete, command ignored"
            )
        self.negotiated, self.oob_enabled = True, "oob" in capabilities
