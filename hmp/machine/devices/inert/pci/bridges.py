"""Bridges: expanders, which give a root bus of their own, with a number and below a host bridge
(experiments: info qtree, info pci and device_add with each); and pci-bridge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.devices.inert.checks import UnusableValueError
from hmp.machine.devices.inert.device import InertDevice, InertPciDevice
from hmp.machine.devices.pci.device import PciBus, PciDevice

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

EXPRESS = "PCIE"
# The node of a bus that is near none.
UNASSIGNED_NODE = 128
_HOSTS = {"pxb": "pxb-host", "pxb-pcie": "pxb-host", "pxb-cxl": "pxb-cxl-host"}
_BUSES = {"pxb": "pxb-bus", "pxb-pcie": "pxb-pcie-bus", "pxb-cxl": "pxb-cxl-bus"}
# That of a pxb has one bridge, below which devices are plugged.
INNER_BUS, INNER_BRIDGE = "pxb-internal", "pci-bridge"


class ExpanderBus(PciBus):
    """The root bus of an expander; only bridges can be on it."""

    def __init__(self, expander: PciDevice) -> None:
        super().__init__(_BUSES[expander.type_name], single_slot=False, hotplug=False)
        if expander.type_name != "pxb":
            self.kinds = (*self.kinds, EXPRESS)
        self.number = int(str(expander.get("bus_nr")))
        self.bridges_only_in = expander.type_name
        self.expander = expander


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
        main, parent = machine.board_buses[0], machine.unattached
        values = {"bypass-iommu": self.get("bypass_iommu")}
        host = machine.onboard.plug_part(_HOSTS[self.type_name], main, values, parent)
        bus = ExpanderBus(self)
        host.add(self._bus_name_of(bus), bus)
        host.buses.append(bus)
        machine.pci_buses.append(bus)
        if self.type_name == "pxb":
            inner: dict[str, object] = {"chassis_nr": bus.number, "shpc": False}
            bridge = machine.onboard.plug_part(INNER_BRIDGE, bus, inner, parent)
            bridge.buses[0].hotplug = False

    def _bus_name_of(self, bus: ExpanderBus) -> str:
        if self.type_name == "pxb":
            return INNER_BUS
        return self.identifier or self.machine.bus_names.take(bus.type_name)


class InertCxlHost(InertDevice):
    """The host bridge of pxb-cxl, whose registers have no address before the guest runs."""

    def qtree_lines(self) -> tuple[str, ...]:
        return ("mmio ffffffffffffffff/0000000000010000",)


class InertBridge(InertPciDevice):
    """pci-bridge, which without a hotplug controller of its own has nothing that interrupts."""

    @property
    def identifier(self) -> str:
        """The id; the bridge inside of an expander has that of the expander."""
        if isinstance(self.bus, ExpanderBus) and self.parent is self.machine.unattached:
            return self.bus.expander.identifier
        return super().identifier

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        if not self.get("shpc"):
            self.put("msi", "off")
        super().plug(machine, hotplugged)
