"""How properties of a device change the BARs that its type was recorded with (experiment: info
qtree with each of them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hmp.units import KIB, MIB, PAGE_SIZE, next_power_of_two

if TYPE_CHECKING:
    from hmp.machine.devices.pci.device import PciDevice

Regions = list[dict[str, Any]]
MSIX_BAR, ROM_BAR = 1, 6
# A page for each of the queues that there could be, and the other structures.
PAGES_PER_QUEUE_SIZE, MODERN_SIZE = 8 * MIB, 16 * KIB
MEMORY = {"address": -1, "type": "memory", "prefetch": False, "mem_type_64": False}


def adjust_bars(device: PciDevice, recorded: Regions) -> Regions:
    """Return the BARs of a device that were recorded without properties."""
    found = [dict(item) for item in recorded if item["bar"] != ROM_BAR]
    for item in found:
        item["size"] = _size(device, item)
    if _has(device, "modern-pio-notify"):
        found.append({"bar": 2, "address": -1, "size": 4, "type": "io"})
    if device.rom_size:
        found.append({"bar": ROM_BAR, "size": device.rom_size, **MEMORY})
    return sorted(found, key=lambda item: int(item["bar"]))


def _size(device: PciDevice, item: dict[str, Any]) -> int:
    bar, size = int(item["bar"]), int(item["size"])
    if _has(device, "page-per-vq") and size == MODERN_SIZE:
        return PAGES_PER_QUEUE_SIZE
    if bar == MSIX_BAR and device.type_name.startswith("virtio") and device.property("vectors"):
        return max(PAGE_SIZE, _interrupts_size(int(str(device.get("vectors")))))
    return size


def _has(device: PciDevice, name: str) -> bool:
    return device.property(name) is not None and device.get(name) is True


def _interrupts_size(vectors: int) -> int:
    """Return the size of a table of interrupts with 16 bytes each, and of a bit for each."""
    return next_power_of_two(16 * vectors + 8 * (-(-vectors // 64)))
