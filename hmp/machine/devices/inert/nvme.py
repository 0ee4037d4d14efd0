"""nvme, which makes a subsystem for itself where it is given none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.devices.base import Device
from hmp.machine.devices.inert.device import InertPciDevice

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

SUBSYSTEM = "nvme-subsys"


class InertNvme(InertPciDevice):
    """An NVMe controller; the subsystem stays when it goes (experiment)."""

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if not self.get("subsys"):
            subsystem = Device()
            subsystem.type_name = SUBSYSTEM
            machine.onboard.add_unattached(subsystem)
            # It gives a bus with a number, too.
            machine.bus_names.take("nvme-bus")
            self.put("subsys", subsystem)
