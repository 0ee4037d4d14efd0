"""The I/O ports of virtio devices in their legacy form: a header, and what the device itself tells
the guest (experiments: query-pci of each device with each of its properties).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hmp.machine.devices.virtio import VirtioDevice, VirtioPci
from hmp.units import next_power_of_two

HEADER, HEADER_WITH_INTERRUPTS = 20, 24


def with_legacy_bar(device: VirtioPci, function: dict[str, Any]) -> dict[str, Any]:
    """Return the recorded function of a device with ports as large as its properties make them."""
    length = _LENGTHS.get(device.vdev.type_name)
    if length is None:
        return function
    header = HEADER if device.get("vectors") == 0 else HEADER_WITH_INTERRUPTS
    size = next_power_of_two(header + length(device.vdev))
    regions = [
        {**item, "size": size} if item["type"] == "io" else item for item in function["regions"]
    ]
    return {**function, "regions": regions}


def _network(device: VirtioDevice) -> int:
    is_long = any(device.get(name) for name in ("host_mtu", "mq", "duplex", "rss", "hash"))
    return 12 if is_long or device.get("speed") != -1 else 8


def _block(device: VirtioDevice) -> int:
    return 60 if device.get("discard") or device.get("write-zeroes") else 36


def _balloon(device: VirtioDevice) -> int:
    return 16 if device.get("page-poison") else 12 if device.get("free-page-hint") else 8


def _shared_folder(device: VirtioDevice) -> int:
    return 2 + len(str(device.get("mount_tag")))


_LENGTHS: dict[str, Callable[[VirtioDevice], int]] = {
    "virtio-net-device": _network,
    "virtio-blk-device": _block,
    "virtio-balloon-device": _balloon,
    "virtio-9p-device": _shared_folder,
    "virtio-scsi-device": lambda device: 36,
    "virtio-serial-device": lambda device: 12,
    "virtio-rng-device": lambda device: 0,
}
