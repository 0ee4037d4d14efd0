"""The memory regions that PCI devices show below them in the object tree, so that paths and lists
are the reference's.

They are shown and nothing else: no guest programs a base address, so none of them lies in the
guest's memory. Names and numbers were read off the reference with qom-list and qom-get.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.machine.backends.base import MemoryRegion
from hmp.machine.qom.object import Object

EVERYTHING = (1 << 64) - 1
PAGE = 4096


class RegionOfDevice(NamedTuple):
    """A region: name, size and place in bytes, and the sibling that contains it; `{}` is the
    carried virtio device.
    """

    name: str
    size: int
    addr: int = 0
    container: str = ""
    priority: int = 0


ANY_DEVICE = (
    RegionOfDevice("bus master container[0]", EVERYTHING),
    RegionOfDevice("bus master[0]", EVERYTHING, container="bus master container[0]"),
)
VIRTIO = (
    RegionOfDevice("virtio-pci[0]", 4 * PAGE),
    RegionOfDevice("virtio-pci-common-{}[0]", PAGE, 0, "virtio-pci[0]"),
    RegionOfDevice("virtio-pci-isr-{}[0]", PAGE, PAGE, "virtio-pci[0]"),
    RegionOfDevice("virtio-pci-device-{}[0]", PAGE, 2 * PAGE, "virtio-pci[0]"),
    RegionOfDevice("virtio-pci-notify-{}[0]", PAGE, 3 * PAGE, "virtio-pci[0]"),
    RegionOfDevice("virtio-pci-notify-pio-{}[0]", 4),
)
BRIDGE = (
    RegionOfDevice("pci_bridge_pci[0]", EVERYTHING),
    RegionOfDevice("pci_bridge_io[0]", 1 << 32),
    RegionOfDevice("pci_bridge_io[1]", 0, priority=1),
    RegionOfDevice("pci_bridge_mem[0]", 0, priority=1),
    RegionOfDevice("pci_bridge_pref_mem[0]", 0, priority=1),
    RegionOfDevice("pci_bridge_vga_io_hi[0]", 32),
    RegionOfDevice("pci_bridge_vga_io_lo[0]", 12),
    RegionOfDevice("pci_bridge_vga_mem[0]", 128 << 10),
)


def interrupt_regions(driver: str, vectors: int) -> tuple[RegionOfDevice, ...]:
    """The regions of a device with message-signalled interrupts: 16 bytes of table for each
    vector.
    """
    whole = f"{driver}-msix[0]"
    return (
        RegionOfDevice(whole, PAGE),
        RegionOfDevice("msix-table[0]", 16 * vectors, 0, whole),
        RegionOfDevice("msix-pba[0]", 8, PAGE // 2, whole),
    )


def show_regions(
    device: Object, regions: tuple[RegionOfDevice, ...], device_class: str = ""
) -> None:
    """Add regions below a device; those that contain others come first in the table."""
    for item in regions:
        shown = MemoryRegion()
        shown.values.update(
            size=item.size,
            addr=item.addr,
            priority=item.priority,
            container=device.children.get(item.container),
        )
        device.add(item.name.format(device_class), shown)
