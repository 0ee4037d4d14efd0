"""virtio-pmem: a backend that the guest uses as persistent memory, with neither slot nor node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.devices.memory_device import MemoryDeviceInfo
from hmp.machine.devices.virtio import VirtioMemoryDevice, VirtioPciGeneric

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class VirtioPmem(VirtioMemoryDevice):
    """virtio-pmem."""

    type_name = "virtio-pmem"
    label = "virtio-pmem"
    category = "Storage"
    memdev_missing = "virtio-pmem memdev not set"

    def describe(self) -> MemoryDeviceInfo:
        return MemoryDeviceInfo(
            self.label,
            self.owner.identifier,
            (("memaddr", self.addr), ("size", self.region_size), ("memdev", self.backend.path)),
        )

    def check_realizable(self, machine: Machine) -> None:
        self.check_not_busy()

    def check_transport_unplug(self) -> None:
        raise StateError("this virtio based memory devices cannot be unplugged")


class VirtioPmemPci(VirtioPciGeneric):
    """virtio-pmem-pci: a virtio-pmem on a PCI bus."""

    type_name = "virtio-pmem-pci"
    device_class = VirtioPmem
