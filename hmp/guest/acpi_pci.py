"""PCI slots from inside: new devices are taken note of, devices that shall go are ejected.

Drivers of what is in the slots have files of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.acpi import pci_hotplug
from hmp.machine.devices import pci

if TYPE_CHECKING:
    from hmp.machine.acpi.pci_hotplug import PciHotplugRegisters


def eject_leaving(door: PciHotplugRegisters) -> None:
    """Look at every bus and eject what was asked to go."""
    door.interrupted = False
    for selector in range(len(door.buses())):
        door.write(door.base + pci_hotplug.BUS, selector, pci_hotplug.WIDTH)
        door.read(door.base + pci_hotplug.UP, pci_hotplug.WIDTH)
        leaving = door.read(door.base + pci_hotplug.DOWN, pci_hotplug.WIDTH)
        for slot in range(pci.SLOTS):
            if leaving >> slot & 1:
                door.write(door.base + pci_hotplug.EJECT, 1 << slot, pci_hotplug.WIDTH)
