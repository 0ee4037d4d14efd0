"""Whether the machine runs, and what starts, stops, resets and ends it, with the events of each
(docs/qemu-behaviour/qmp.md §A6).

The guest is told of it and tells of itself; what it does with that is decided in `hmp.guest`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import StateError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

PRELAUNCH, PAUSED, RUNNING, SHUTDOWN = "prelaunch", "paused", "running", "shutdown"
BY_GUEST = "guest-reset"
FIRMWARE_BOARDS = ("PCI", "PCIE")


class ResetRequiredError(StateError):
    """The guest powered off; only a reset lets the machine run again."""

    def __init__(self) -> None:
        super().__init__("Resetting the Virtual Machine is required")


class ShutdownActions(NamedTuple):
    """What -no-reboot, -no-shutdown and -action ask for: whether a reset ends, and a power-off only
    pauses.
    """

    exit_on_reset: bool = False
    pause_on_shutdown: bool = False


class RunState:
    """The state of one machine; `ended` when the program (or this machine of many) is to end."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.name = PRELAUNCH
        self.shutdown_actions = ShutdownActions()
        self.ended = False
        self.on_end: Callable[[], None] = lambda: None
        self._has_run = self._firmware_resets = False

    @property
    def is_running(self) -> bool:
        """Whether the machine runs."""
        return self.name == RUNNING

    def start(self) -> None:
        """Run, or go on running; ResetRequiredError when the guest powered off."""
        if self.name == SHUTDOWN:
            raise ResetRequiredError
        if self.name != RUNNING:
            self.name, self._has_run = RUNNING, True
            self._machine.events.emit("RESUME")

    def stop(self) -> None:
        """Pause a running machine; any other state stays."""
        if self.name == RUNNING:
            self.name = PAUSED
            self._machine.events.emit("STOP")

    def reset(self) -> None:
        """Reset from outside; a firmware that ran before resets once more when it gets to run
        again.
        """
        self._reset(False, "host-qmp-system-reset")

    def guest_reset(self) -> None:
        """The guest reboots."""
        self._reset(True, BY_GUEST)

    def _reset(self, by_guest: bool, reason: str) -> None:
        if self.shutdown_actions.exit_on_reset:
            self._end(by_guest, reason)
            return
        if self.name != RUNNING:
            self.name = PRELAUNCH
        self._reset_parts()
        self._machine.events.emit("RESET", guest=by_guest, reason=reason)
        self._machine.guest.on_reset()
        self._firmware_resets = (
            self._has_run and self._machine.board.root_bus_kind in FIRMWARE_BOARDS
        )

    def _reset_parts(self) -> None:
        """Devices stay, but the guest holds no virtio-mem block any more.

        A PCI device that waits for the guest to let it go is gone after a reset; the reference dies
        of that here.
        """
        for device in self._machine.memory_devices:
            device.reset(self._machine)
        self._machine.pci_registers.reset()

    def run_firmware(self) -> None:
        """Let the firmware do what it has to do before a guest can boot."""
        if self._firmware_resets:
            self._firmware_resets = False
            self._machine.events.emit("RESET", guest=True, reason=BY_GUEST)

    def power_down(self) -> None:
        """Press the power button; whether somebody listens to it is the guest's policy."""
        self._machine.events.emit("POWERDOWN")
        self._machine.guest.on_power_button()

    def guest_shutdown(self) -> None:
        """The guest is over: the end, or a pause that only a reset leads out of."""
        self._machine.guest.on_power_off()
        if not self.shutdown_actions.pause_on_shutdown:
            self._end(True, "guest-shutdown")
            return
        self._machine.events.emit("SHUTDOWN", guest=True, reason="guest-shutdown")
        self.stop()
        self.name = SHUTDOWN

    def quit(self) -> None:
        """End because a monitor was told to."""
        self._end(False, "host-qmp-quit")

    def end_by_signal(self) -> None:
        """End because the process was told to."""
        self._end(False, "host-signal")

    def _end(self, by_guest: bool, reason: str) -> None:
        if not self.ended:
            self._machine.events.emit("SHUTDOWN", guest=by_guest, reason=reason)
            self.ended = True
            self.on_end()
