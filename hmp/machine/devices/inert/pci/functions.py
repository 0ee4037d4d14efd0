"""The BARs of PCI devices that depend on their properties (experiments: query-pci of each)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hmp.machine.devices.inert.pci.memory import mapped_backends
from hmp.units import KIB, MIB, next_power_of_two

if TYPE_CHECKING:
    from hmp.machine.devices.inert.device import InertPciDevice

Regions = list[dict[str, Any]]
# The registers of an NVMe controller whose interrupts have a BAR of their own.
INTERRUPTS_APART = 8 * KIB
INTERRUPTS_BAR = {
    "prefetch": False,
    "mem_type_64": False,
    "bar": 4,
    "size": 4 * KIB,
    "address": -1,
    "type": "memory",
}
CONTROLLER_MEMORY_BAR, PERSISTENT_MEMORY_BAR = 2, 4


def adapted_function(device: InertPciDevice, function: dict[str, Any]) -> dict[str, Any]:
    """Return the function of a device, as its properties make it."""
    if device.type_name == "pci-bridge" and not device.get("shpc"):
        # What is left of it has neither registers nor an interrupt.
        return {**function, "irq_pin": 0, "regions": []}
    adapt = _REGIONS.get(device.type_name)
    return {**function, "regions": adapt(device, function["regions"])} if adapt else function


def _resized(regions: Regions, bar: int, size: int) -> Regions:
    size = next_power_of_two(size)
    return [{**item, "size": size} if item["bar"] == bar else item for item in regions]


def _memory(bar: int, size: int) -> dict[str, Any]:
    memory: dict[str, Any] = {"prefetch": True, "mem_type_64": True, "bar": bar, "size": size}
    return {**memory, "address": -1, "type": "memory"}


def _number(device: InertPciDevice, name: str) -> int:
    return int(str(device.get(name)))


def _vga(device: InertPciDevice, regions: Regions) -> Regions:
    found = _resized(regions, 0, _number(device, "vgamem_mb") * MIB)
    # Registers that are not mapped are in a BAR of a VGA alone.
    has_registers = device.property("mmio") is None or device.get("mmio")
    return [item for item in found if has_registers or item["bar"] != 2]


def _vmware(device: InertPciDevice, regions: Regions) -> Regions:
    return _resized(regions, 1, _number(device, "vgamem_mb") * MIB)


def _display(device: InertPciDevice, regions: Regions) -> Regions:
    return _resized(regions, 0, _number(device, "vgamem"))


def _shared_memory(device: InertPciDevice, regions: Regions) -> Regions:
    return _resized(regions, 2, mapped_backends(device)[0].size)


def _nvme(device: InertPciDevice, regions: Regions) -> Regions:
    found = list(regions)
    if size := _number(device, "cmb_size_mb"):
        found.append(_memory(CONTROLLER_MEMORY_BAR, next_power_of_two(size * MIB)))
    for backend in mapped_backends(device):
        found.append(_memory(PERSISTENT_MEMORY_BAR, backend.size))
    if device.get("msix-exclusive-bar"):
        found = _resized(found, 0, INTERRUPTS_APART)
        found.append(INTERRUPTS_BAR)
    return found


def _test_device(device: InertPciDevice, regions: Regions) -> Regions:
    size = _number(device, "membar")
    return [*regions, _memory(2, size)] if size else regions


_REGIONS: dict[str, Callable[[InertPciDevice, Regions], Regions]] = {
    "VGA": _vga,
    "secondary-vga": _vga,
    "vmware-svga": _vmware,
    "bochs-display": _display,
    "ivshmem-plain": _shared_memory,
    "nvme": _nvme,
    "pci-testdev": _test_device,
}
