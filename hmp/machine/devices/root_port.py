"""pcie-root-port: a PCI Express port with a bus of its own below it, where one device can be
plugged at run time.

What sits on a bus and how slots are chosen is in `pci.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.machine.devices.pci import PCI_PROPERTIES, PciBus, PciDevice
from hmp.machine.devices.pci_regions import BRIDGE, interrupt_regions, show_regions
from hmp.machine.qom.property import Enumeration, Integer, Property, Size, switch

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

UNSET_SIZE = (1 << 64) - 1


class RootPort(PciDevice):
    """pcie-root-port; its chassis and slot number must differ from those of every other port."""

    type_name = "pcie-root-port"
    category = "Controller/Bridge/Hub"
    description = "PCI Express port with a bus below it"
    is_bridge = True
    declared: ClassVar[tuple[Property, ...]] = (
        *PCI_PROPERTIES,
        Property("aer_log_max", Integer(16), default=8, shows_default=True),
        Property("bus-reserve", Integer(32), default=0xFFFFFFFF, shows_default=True),
        Property("chassis", Integer(8), "Number of the chassis", 0, shows_default=True),
        switch("hotplug", True),
        *(
            Property(f"{name}-reserve", Size("size"), default=UNSET_SIZE, shows_default=True)
            for name in ("io", "mem", "pref32", "pref64")
        ),
        Property("port", Integer(8), "Number of the port", 0, shows_default=True),
        switch("power_controller_present", True),
        Property("slot", Integer(16), "Number of the slot in the chassis", 0, shows_default=True),
        switch("x-do-not-expose-native-hotplug-cap", False),
        switch("x-pci-express-writeable-slt-bug", False),
        Property(
            "x-speed",
            Enumeration("PCIELinkSpeed", "2_5", "5", "8", "16", "32", "64"),
            "2_5/5/8/16/32/64",
            "16",
            shows_default=True,
        ),
        Property(
            "x-width",
            Enumeration("PCIELinkWidth", "1", "2", "4", "8", "12", "16", "32"),
            "1/2/4/8/12/16/32",
            "32",
            shows_default=True,
        ),
    )

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        super().prepare(machine, hotplugged)
        mine = (self.values["chassis"], self.values["slot"])
        if any(
            (port.values["chassis"], port.values["slot"]) == mine for port in machine.root_ports
        ):
            raise StateError("Can't add chassis slot, error -16")

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        show_regions(self, (*BRIDGE, *interrupt_regions(self.type_name, 1)))
        below = PciBus("PCIE", single=True, hotplug=bool(self.values["hotplug"]))
        machine.root_ports.append(self)
        self.add(self.identifier or f"pcie.{machine.next_anonymous_bus()}", below)
        machine.pci_buses.append(below)

    def unplug(self, machine: Machine) -> None:
        """Leave with everything below: only switching the port off by its `realized` property comes
        here.
        """
        below = next(child for child in self.children.values() if isinstance(child, PciBus))
        for device in set(below.taken.values()):
            if isinstance(device, PciDevice):
                device.unplug(machine)
                device.values["realized"] = False
        machine.pci_buses.remove(below)
        machine.root_ports.remove(self)
        below.remove()
        super().unplug(machine)
