"""Machines for tests, with control over the simulated guest and injected faults.

`machine()` is in this process and without sockets, `served_machine()` and `fleet()` have sockets
and an event loop in a thread, `process_machine()` is a process of its own. The pytest plugin has
them as fixtures.
"""

from hmp.testing.commands import CommandError, QmpError
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.in_process import InProcessMachine, machine
from hmp.testing.process import ProcessMachine, process_machine
from hmp.testing.served import ServedMachine, fleet, served_machine
from hmp.testing.snapshot import Snapshot

__all__ = [
    "CommandError",
    "InProcessMachine",
    "FaultControl",
    "GuestControl",
    "ProcessMachine",
    "QmpError",
    "ServedMachine",
    "Snapshot",
    "fleet",
    "machine",
    "process_machine",
    "served_machine",
]
