"""The memory backends that inert devices map: nothing else can use one meanwhile, and it can't be
deleted (experiments: object_del, and a pc-dimm of the same backend).
"""

from __future__ import annotations

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.base import Device
from hmp.machine.devices.memory_device import MemdevBusyError

_MAPPED = {
    "ivshmem-plain": ("memdev",),
    "nvme": ("pmrdev",),
    "cxl-type3": ("memdev", "persistent-memdev", "volatile-memdev", "volatile-dc-memdev"),
}


def mapped_backends(device: Device) -> list[MemoryBackend]:
    """Return the backends that a device maps, in the order of its properties."""
    names = _MAPPED.get(device.type_name, ())
    found = (device.by_name[name].get(device) for name in names)
    return [backend for backend in found if isinstance(backend, MemoryBackend)]


def check_mapped(device: Device) -> None:
    """Raise MemdevBusyError where something else uses a backend."""
    for backend in mapped_backends(device):
        if backend.user:
            raise MemdevBusyError(backend.name, f"can't use already busy memdev: {backend.name}")


def take_mapped(device: Device) -> None:
    """Mark the backends as used by the device."""
    for backend in mapped_backends(device):
        backend.user = "device"


def release_mapped(device: Device) -> None:
    """Mark them as free."""
    for backend in mapped_backends(device):
        backend.user = ""
