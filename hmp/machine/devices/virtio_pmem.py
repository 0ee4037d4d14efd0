"""virtio-pmem: a backend that the guest uses as persistent memory, with neither slot nor node.

What it shares with other virtio devices is in `virtio.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.machine.devices.virtio import (
    TRANSPORT_PROPERTIES,
    VIRTIO_PROPERTIES,
    VirtioMemoryDevice,
    VirtioPci,
)
from hmp.machine.qom.property import Property

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class VirtioPmem(VirtioMemoryDevice):
    """virtio-pmem."""

    type_name = "virtio-pmem"
    label = "virtio-pmem"
    category = "Storage"
    declared: ClassVar[tuple[Property, ...]] = VIRTIO_PROPERTIES

    @property
    def guest_node(self) -> int:
        return 0

    def describe(self) -> dict[str, object]:
        return {"memaddr": self.addr, "size": self.region_size, "memdev": self.backend.path}

    def check_realizable(self, machine: Machine) -> None:
        self.check_not_busy()

    def check_unplug_memory(self) -> None:
        raise StateError("this virtio based memory devices cannot be unplugged")


class VirtioPmemPci(VirtioPci):
    """virtio-pmem-pci: a virtio-pmem on a PCI bus."""

    type_name = "virtio-pmem-pci"
    device_class = VirtioPmem
    declared: ClassVar[tuple[Property, ...]] = TRANSPORT_PROPERTIES
