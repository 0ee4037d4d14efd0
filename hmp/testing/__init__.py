"""Machines for tests, with control over the simulated guest and injected faults.

`machine()` is in this process and without sockets, `served_machine()` and `fleet()` have sockets
and an event loop in a thread, `process_machine()` is a process of its own. All of them are an
`HmpMachine`. The pytest plugin has them as fixtures.
"""

from hmp.guest.info import GuestInfo
from hmp.machine.events import Event
from hmp.testing.api import HmpMachine
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.errors import CommandError, MachineEndedError, OptionError, QmpError
from hmp.testing.in_process import InProcessMachine, machine
from hmp.testing.process import ProcessMachine, process_machine
from hmp.testing.served import ServedMachine, fleet, served_machine
from hmp.testing.snapshot import Snapshot

__all__ = [
    "CommandError",
    "Event",
    "FaultControl",
    "GuestControl",
    "GuestInfo",
    "HmpMachine",
    "InProcessMachine",
    "MachineEndedError",
    "OptionError",
    "ProcessMachine",
    "QmpError",
    "ServedMachine",
    "Snapshot",
    "fleet",
    "machine",
    "process_machine",
    "served_machine",
]
