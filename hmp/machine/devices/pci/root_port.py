"""pcie-root-port: a PCI Express port with a bus below it, where one device can be hotplugged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.machine.devices.pci.device import PciBus, PciDevice
from hmp.machine.devices.pci.regions import BRIDGE, add_regions, interrupt_regions
from hmp.machine.qom.property import Enumeration, Integer, Property, Size, bool_property
from hmp.units import ALL_ONES_32, ALL_ONES_64

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# QEMU's -1, as an unsigned number.
UNSET_SIZE = ALL_ONES_64


def check_chassis_slot(machine: Machine, chassis: int, slot: int) -> None:
    """Raise StateError when another port, of whatever type, has the chassis and slot."""
    ports = (bus.parent for bus in machine.pci_buses if bus.single_slot)
    if any(port and (port.get("chassis"), port.get("slot")) == (chassis, slot) for port in ports):
        # 16 is EBUSY.
        raise StateError("Can't add chassis slot, error -16")


class RootPort(PciDevice):
    """pcie-root-port; its chassis and slot number must differ from those of every other port."""

    type_name = "pcie-root-port"
    ancestors: ClassVar[tuple[str, ...]] = (
        *("pcie-root-port-base", "pcie-slot", "pcie-port", "base-pci-bridge"),
        *PciDevice.ancestors,
    )
    category = "Controller/Bridge/Hub"
    description = "PCI Express port with a bus below it"
    is_bridge = True

    aer_log_max = Property(Integer(16), default=8, name="aer_log_max", shows_default=True)
    bus_reserve = Property(Integer(32), default=ALL_ONES_32, shows_default=True)
    chassis = Property(Integer(8), "Number of the chassis", 0, shows_default=True)
    hotplug = bool_property(True)
    io_reserve = Property(Size("size"), default=UNSET_SIZE, shows_default=True)
    mem_reserve = Property(Size("size"), default=UNSET_SIZE, shows_default=True)
    pref32_reserve = Property(Size("size"), default=UNSET_SIZE, shows_default=True)
    pref64_reserve = Property(Size("size"), default=UNSET_SIZE, shows_default=True)
    port = Property(Integer(8), "Number of the port", 0, shows_default=True)
    power_controller_present = bool_property(True, name="power_controller_present")
    chassis_slot = Property(
        Integer(16), "Number of the slot in the chassis", 0, name="slot", shows_default=True
    )
    x_do_not_expose_native_hotplug_cap = bool_property(False)
    x_pci_express_writeable_slt_bug = bool_property(False)
    x_speed = Property(
        Enumeration("PCIELinkSpeed", "2_5", "5", "8", "16", "32", "64"),
        "2_5/5/8/16/32/64",
        "16",
        shows_default=True,
    )
    x_width = Property(
        Enumeration("PCIELinkWidth", "1", "2", "4", "8", "12", "16", "32"),
        "1/2/4/8/12/16/32",
        "32",
        shows_default=True,
    )

    def check_type(self, machine: Machine) -> None:
        super().check_type(machine)
        check_chassis_slot(machine, self.chassis, self.chassis_slot)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        add_regions(self, (*BRIDGE, *interrupt_regions(self.type_name, 1)))
        below = PciBus("PCIE", single_slot=True, hotplug=self.hotplug)
        self.add(self.identifier or machine.bus_names.take("PCIE"), below)
        machine.pci_buses.append(below)
        self.buses.append(below)

    def unplug(self, machine: Machine) -> None:
        """Leave with everything below; only setting `realized` to off gets here."""
        below = next(child for child in self.children.values() if isinstance(child, PciBus))
        for device in set(below.functions.values()):
            if isinstance(device, PciDevice):
                device.unplug(machine)
                device.realized = False
        machine.pci_buses.remove(below)
        self.buses.remove(below)
        below.remove()
        super().unplug(machine)
