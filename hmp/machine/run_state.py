"""The run state of the machine: start, stop, reset and end, with the events of each
(docs/qemu-behaviour/qmp.md §A6).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.record import Record

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

PRELAUNCH, PAUSED, RUNNING, SHUTDOWN = "prelaunch", "paused", "running", "shutdown"
# While guest memory is dumped.
SAVE_VM = "save-vm"
# The machine waits for an incoming migration.
INMIGRATE = "inmigrate"
GUEST_RESET = "guest-reset"
# pc and q35: their firmware resets once more (docs/qemu-behaviour/qmp.md §A6).
FIRMWARE_BUS_KINDS = ("PCI", "PCIE")

ACTIONS = {
    "reboot": ("reset", "shutdown"),
    "shutdown": ("poweroff", "pause"),
    "panic": ("pause", "shutdown", "exit-failure", "none"),
    "watchdog": ("reset", "shutdown", "poweroff", "pause", "debug", "none", "inject-nmi"),
}
"""What may be done on each cause. Of panics and watchdogs the simulated guest has none."""


class ResetRequiredError(StateError):
    """The guest has shut down; the machine can run again after a reset only."""

    def __init__(self) -> None:
        super().__init__("Resetting the Virtual Machine is required")


class DumpInProgressError(StateError):
    """A detached dump of guest memory goes on."""

    def __init__(self) -> None:
        super().__init__("There is a dump in process, please wait.")


class ShutdownActions(Record):
    """What -no-reboot, -no-shutdown and -action ask for on a reset and on a shutdown."""

    exit_on_reset: bool = False
    pause_on_shutdown: bool = False

    def changed(self, cause: str, action: str) -> ShutdownActions:
        """Return them with one of ACTIONS."""
        if cause == "reboot":
            return self.replace(exit_on_reset=action == "shutdown")
        if cause == "shutdown":
            return self.replace(pause_on_shutdown=action == "pause")
        return self


class RunState:
    """The run state of one machine; `ended`: the program, or this machine of many, has to end.

    `on_end` is called once, when that happens. `has_failed`: the program is to say so when it ends.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.name = PRELAUNCH
        self.shutdown_actions = ShutdownActions()
        self.ended = self.has_failed = False
        self.on_end: Callable[[], None] = lambda: None
        self._has_run = self._firmware_resets = False
        self._is_dumping = self._resumes_after_dump = False

    def expect_migration(self) -> None:
        """Wait for an incoming migration in place of running."""
        self.name = INMIGRATE

    @property
    def is_running(self) -> bool:
        """Whether the machine runs."""
        return self.name == RUNNING

    def start(self) -> None:
        """Start or resume.

        Raises:
            DumpInProgressError: Guest memory is being dumped.
            ResetRequiredError: The guest has shut down.
        """
        self.check_startable()
        # It would run once its state has come.
        if self.name not in (RUNNING, INMIGRATE):
            self.name, self._has_run = RUNNING, True
            self._machine.events.emit("RESUME")

    def check_startable(self) -> None:
        """Raise the error that `start` would."""
        self.check_no_dump()
        if self.name == SHUTDOWN:
            raise ResetRequiredError

    def stop(self) -> None:
        """Pause a running machine; any other state stays.

        Raises DumpInProgressError while guest memory is dumped.
        """
        self.check_no_dump()
        if self.name == RUNNING:
            self.name = PAUSED
            self._machine.events.emit("STOP")

    def check_no_dump(self) -> None:
        """Raise DumpInProgressError while guest memory is dumped."""
        if self._is_dumping:
            raise DumpInProgressError

    def pause_for_dump(self) -> None:
        """Stop a running machine while its memory is dumped."""
        self._is_dumping, self._resumes_after_dump = True, self.is_running
        if self.is_running:
            self.name = SAVE_VM
            self._machine.events.emit("STOP")

    def resume_after_dump(self) -> None:
        """Run again after a dump, if the machine ran before it."""
        self._is_dumping = False
        if self._resumes_after_dump:
            self._resumes_after_dump, self.name = False, RUNNING
            self._machine.events.emit("RESUME")

    def reset(self) -> None:
        """Reset the machine, as system_reset does; firmware that has run resets once more later."""
        self._reset(False, "host-qmp-system-reset")

    def guest_reset(self) -> None:
        """Reset the machine because the guest reboots."""
        self._reset(True, GUEST_RESET)

    def _reset(self, by_guest: bool, reason: str) -> None:
        if self.shutdown_actions.exit_on_reset:
            self._end(by_guest, reason)
            return
        if self.name not in (RUNNING, INMIGRATE):
            self.name = PRELAUNCH
        # A virtio-mem reports its new size before RESET (docs/qemu-behaviour/qmp.md §B1).
        self._reset_devices()
        self._machine.events.emit("RESET", guest=by_guest, reason=reason)
        self._machine.guest.on_reset()
        self._firmware_resets = (
            self._has_run and self._machine.board.root_bus_kind in FIRMWARE_BUS_KINDS
        )

    def _reset_devices(self) -> None:
        """Reset the devices: all virtio-mem blocks are unplugged, pending PCI unplugs complete.

        QEMU crashes at such an unplug of a virtio-mem (docs/qemu-behaviour/devices.md §8).
        """
        for device in self._machine.memory_devices:
            device.reset(self._machine)
        if self._machine.balloon:
            self._machine.balloon.reset()
        self._machine.ports.pci.reset()
        if "block" in vars(self._machine):
            self._machine.block.close_trays()
        if self._machine.virtual_clock:
            self._machine.virtual_clock.reset()

    def run_firmware(self) -> None:
        """Run the firmware before a guest boots: after a reset it resets the machine once more."""
        if self._firmware_resets:
            self._firmware_resets = False
            self._machine.events.emit("RESET", guest=True, reason=GUEST_RESET)

    def inject_nmi(self) -> None:
        """Do nothing, since no CPU runs; raise StateError where there are no CPUs."""
        if not self._machine.board.has_cpus:
            raise StateError("machine does not provide NMIs")

    def power_down(self) -> None:
        """Press the power button; the guest's policy decides what follows."""
        self._machine.events.emit("POWERDOWN")
        self._machine.guest.on_power_button()

    def guest_shutdown(self) -> None:
        """End, or pause until a reset, because the guest has shut down."""
        self._machine.guest.on_power_off()
        if not self.shutdown_actions.pause_on_shutdown:
            self._end(True, "guest-shutdown")
            return
        self._machine.events.emit("SHUTDOWN", guest=True, reason="guest-shutdown")
        # The event STOP comes too (docs/qemu-behaviour/qmp.md §A6).
        self.stop()
        self.name = SHUTDOWN

    def quit(self) -> None:
        """End because of the command quit."""
        self._end(False, "host-qmp-quit")

    def end_by_signal(self) -> None:
        """End because of a signal."""
        self._end(False, "host-signal")

    def fail(self) -> None:
        """End because the machine can't be made."""
        self.ended = self.has_failed = True
        self.on_end()

    def _end(self, by_guest: bool, reason: str) -> None:
        if not self.ended:
            self._machine.events.emit("SHUTDOWN", guest=by_guest, reason=reason)
            self.ended = True
            self.on_end()
