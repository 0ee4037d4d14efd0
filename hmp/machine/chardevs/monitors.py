"""Monitors as objects of the machine: each on a character device, which says who may talk to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.chardevs.collection import Chardevs
from hmp.machine.chardevs.device import FrontEnd
from hmp.machine.chardevs.errors import ChardevNotFoundError
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Boolean, Enumeration, Property, Text

if TYPE_CHECKING:
    from hmp.machine.chardevs.device import CharacterDevice
    from hmp.machine.machine import Machine


class UndeletableMonitorError(StateError):
    """A monitor can't be deleted, or not by itself."""

    parameter = "id"


class MonitorObject(UserObject, FrontEnd):
    """A monitor; while it has a `device` its clients are served there."""

    needs_event_loop = True

    def __init__(self) -> None:
        super().__init__()
        self.device: CharacterDevice | None = None

    chardev = Property(Text(), "The character device that it is on", required=True)

    def moved_to(self, device: CharacterDevice) -> None:
        self.device = device

    def complete(self) -> None:
        chardevs = self.root().children["chardevs"]
        assert isinstance(chardevs, Chardevs)
        device = chardevs.find(self.chardev)
        if device is None:
            raise ChardevNotFoundError(self.chardev)
        device.attach(self)
        self._chardevs = chardevs
        chardevs.on_front_end(device)


class HmpMonitor(MonitorObject):
    """monitor-hmp."""

    type_name = "monitor-hmp"
    readline = Property(Boolean(), "Whether lines can be edited", True)

    def check_deletable(self) -> None:
        raise UndeletableMonitorError("Deleting HMP monitors is not supported")


class QmpMonitor(MonitorObject):
    """monitor-qmp; while one of its commands runs, `is_running`."""

    type_name = "monitor-qmp"
    pretty = Property(Boolean(), "Whether each member has a line", False)
    close_action = Property(
        Enumeration("MonitorQMPCloseAction", "none", "delete"),
        "What happens when the client is gone",
        "none",
        name="close-action",
    )

    def __init__(self) -> None:
        super().__init__()
        self.is_running = False

    def check_deletable(self) -> None:
        if self.is_running:
            raise UndeletableMonitorError("Cannot delete the current QMP monitor")

    def release(self) -> None:
        if self.device:
            self.device.detach(self)
            self._chardevs.on_front_end(self.device)
        self.device = None

    def on_client_gone(self) -> None:
        """Delete the monitor and its character device if close-action asks for it."""
        if self.close_action == "delete" and self.device:
            device = self.device
            self.release()
            self.remove()
            self._chardevs.drop(device)


def add_monitor(machine: Machine, name: str, monitor: MonitorObject) -> None:
    """Add a monitor to the machine; HmpError when the name or its character device is taken."""
    machine.objects.add(name, monitor)
    try:
        monitor.complete()
    except BaseException:
        monitor.remove()
        raise


def add_monitor_on(machine: Machine, device: CharacterDevice) -> None:
    """Put a human monitor on a character device, with a name of its own."""
    monitor = HmpMonitor()
    monitor.chardev = device.name
    add_monitor(machine, machine.chardevs.next_monitor_name(), monitor)
