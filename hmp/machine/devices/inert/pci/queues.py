"""The queues of virtio disks and SCSI controllers behind PCI: one for each CPU of the start, unless
the user chose their number, and an interrupt for each (experiment: `qom-get` with -smp 1 and 4).
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.machine.devices.virtio import VirtioPci
from hmp.units import ALL_ONES_32


class _Queues(NamedTuple):
    """The property with their number, its value for QEMU's choice, and how many interrupts there
    are beside theirs.
    """

    property: str
    chosen_by_qemu: int
    other_vectors: int


_QUEUES = {
    "virtio-blk-device": _Queues("num-queues", 0xFFFF, 1),
    "virtio-scsi-device": _Queues("num_queues", ALL_ONES_32, 3),
}


def choose_queues(device: VirtioPci, cpu_count: int) -> None:
    """Set the number of queues and of interrupts, where the user did not."""
    known = _QUEUES.get(device.vdev.type_name)
    if known is None:
        return
    queues, vectors = device.vdev.by_name[known.property], device.by_name["vectors"]
    if queues.attribute not in vars(device.vdev) or queues.get(device.vdev) == known.chosen_by_qemu:
        setattr(device.vdev, queues.attribute, cpu_count)
    if vectors.attribute not in vars(device):
        count = int(str(queues.get(device.vdev)))
        setattr(device, vectors.attribute, count + known.other_vectors)
