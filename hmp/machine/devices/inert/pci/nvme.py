"""nvme, which makes a subsystem for itself where it is given none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.devices.base import Device
from hmp.machine.devices.inert.device import InertPciDevice
from hmp.machine.devices.inert.pci.memory import mapped_backends

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

SUBSYSTEM = "nvme-subsys"


class InertNvme(InertPciDevice):
    """An NVMe controller; the subsystem stays when it goes (experiment)."""

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        super().prepare(machine, hotplugged)
        for backend in mapped_backends(self):
            if backend.size & (backend.size - 1):
                raise StateError("pmr backend size needs to be power of 2 in size")

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if not self.get("subsys"):
            subsystem = Device()
            subsystem.type_name = SUBSYSTEM
            machine.onboard.add_unattached(subsystem)
            # It gives a bus with a number, too.
            machine.bus_names.take("nvme-bus")
            self.put("subsys", subsystem)
