"""nvme, which makes a subsystem for itself where it is given none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hmp.machine.devices.base import Device
from hmp.machine.devices.inert.device import InertPciDevice
from hmp.units import PAGE_SIZE

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

SUBSYSTEM = "nvme-subsys"
MSIX_BAR, REGISTERS_SIZE = 4, 2 * PAGE_SIZE


class InertNvme(InertPciDevice):
    """An NVMe controller; the subsystem stays when it goes (experiment)."""

    def recorded_function(self) -> dict[str, Any] | None:
        function = super().recorded_function()
        if function is None or not self.get("msix-exclusive-bar"):
            return function
        # The registers alone, and the table of interrupts in a BAR of its own.
        registers = {**function["regions"][0], "size": REGISTERS_SIZE}
        table = {**registers, "bar": MSIX_BAR, "mem_type_64": False, "size": PAGE_SIZE}
        return {**function, "regions": [registers, table]}

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if not self.get("subsys"):
            subsystem = Device()
            subsystem.type_name = SUBSYSTEM
            machine.onboard.add_unattached(subsystem)
            # It gives a bus with a number, too.
            machine.bus_names.take("nvme-bus")
            self.put("subsys", subsystem)
