"""The MemoryRegions of PCI devices in the object tree.

They are only listed: no guest programs a BAR, so none is mapped into the guest's memory. Names and
numbers are those of QEMU's qom-list and qom-get.
"""

from __future__ import annotations

from hmp.machine.backends.base import MemoryRegion
from hmp.machine.qom.object import Object
from hmp.record import Record
from hmp.units import ALL_ONES_64, KIB, PAGE_SIZE, U32


class RegionSpec(Record):
    """A MemoryRegion: `size`, `addr` in the sibling `container`, both in bytes.

    `{}` in a name is that of the virtio device.
    """

    name: str
    size: int
    addr: int = 0
    container: str = ""
    priority: int = 0


# 2^64 - 1 is the most that QEMU shows of a region of 2^64 bytes.
ANY_DEVICE = (
    RegionSpec("bus master container[0]", ALL_ONES_64),
    RegionSpec("bus master[0]", ALL_ONES_64, container="bus master container[0]"),
)
VIRTIO_WHOLE = (RegionSpec("virtio-pci[0]", 4 * PAGE_SIZE),)
VIRTIO_MODERN = (
    RegionSpec("virtio-pci-common-{}[0]", PAGE_SIZE, 0, "virtio-pci[0]"),
    RegionSpec("virtio-pci-isr-{}[0]", PAGE_SIZE, PAGE_SIZE, "virtio-pci[0]"),
    RegionSpec("virtio-pci-device-{}[0]", PAGE_SIZE, 2 * PAGE_SIZE, "virtio-pci[0]"),
    RegionSpec("virtio-pci-notify-{}[0]", PAGE_SIZE, 3 * PAGE_SIZE, "virtio-pci[0]"),
    RegionSpec("virtio-pci-notify-pio-{}[0]", 4),
)
VIRTIO_LEGACY = (RegionSpec("virtio-pci[1]", 64),)
BRIDGE = (
    RegionSpec("pci_bridge_pci[0]", ALL_ONES_64),
    RegionSpec("pci_bridge_io[0]", U32),
    RegionSpec("pci_bridge_io[1]", 0, priority=1),
    RegionSpec("pci_bridge_mem[0]", 0, priority=1),
    RegionSpec("pci_bridge_pref_mem[0]", 0, priority=1),
    RegionSpec("pci_bridge_vga_io_hi[0]", 32),
    RegionSpec("pci_bridge_vga_io_lo[0]", 12),
    RegionSpec("pci_bridge_vga_mem[0]", 128 * KIB),
)


def interrupt_regions(driver: str, vectors: int) -> tuple[RegionSpec, ...]:
    """Return the regions of a device with MSI-X: 16 bytes of table for each vector."""
    whole = f"{driver}-msix[0]"
    return (
        RegionSpec(whole, PAGE_SIZE),
        RegionSpec("msix-table[0]", 16 * vectors, 0, whole),
        RegionSpec("msix-pba[0]", 8, PAGE_SIZE // 2, whole),
    )


def add_regions(device: Object, regions: tuple[RegionSpec, ...], virtio_name: str = "") -> None:
    """Add regions below a device; containers come before what they contain."""
    for item in regions:
        container = device.children.get(item.container)
        region = MemoryRegion(item.size, item.addr, container, item.priority)
        device.add(item.name.format(virtio_name), region)
