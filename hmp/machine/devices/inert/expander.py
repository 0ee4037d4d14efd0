"""pxb-pcie and its kin: a further PCI root bus, which has a number and may belong to a NUMA node.

That of pxb on pc is an ordinary bridge here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.devices.inert.checks import UnusableValueError
from hmp.machine.devices.inert.device import InertPciDevice
from hmp.machine.devices.pci import PciBus

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

EXPRESS = "PCIE"
UNASSIGNED_NODE = 128
HOST, ROOT_BUS = "pxb-host", "pxb-pcie-bus"


class ExpanderBus(PciBus):
    """The root bus of an expander; only bridges can be on it."""

    def __init__(self, number: int) -> None:
        super().__init__(ROOT_BUS, single_slot=False, hotplug=False)
        self.kinds = (*self.kinds, EXPRESS)
        self.number = number
        self.bridges_only_in = "pxb-pcie"


class InertExpander(InertPciDevice):
    """pxb, pxb-pcie and pxb-cxl."""

    def check_type(self, machine: Machine) -> None:
        is_express = self.pci_bus.type_name == EXPRESS
        if is_express != (self.type_name != "pxb"):
            kind = "PCIe" if is_express else "PCI"
            raise StateError(f"{self.type_name} devices cannot reside on a {kind} bus")
        if self.pci_bus is not machine.pci_buses[0]:
            raise StateError("PXB devices can be attached only to root bus")
        node = int(str(self.get("numa_node")))
        if node != UNASSIGNED_NODE and node >= len(machine.numa_nodes):
            raise UnusableValueError("numa_node", f"Illegal numa node {node}")
        super().check_type(machine)
        number = int(str(self.get("bus_nr")))
        if any(number == bus.number for bus in machine.pci_buses if isinstance(bus, ExpanderBus)):
            raise UnusableValueError("bus_nr", f"Bus {number} is already in use")

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if self.type_name != "pxb-pcie":
            return
        host = machine.onboard.plug_part(HOST, machine.board_buses[0], {}, machine.unattached)
        bus = ExpanderBus(int(str(self.get("bus_nr"))))
        host.add(self.identifier or machine.bus_names.take(ROOT_BUS), bus)
        host.buses.insert(0, bus)
        machine.pci_buses.append(bus)
