"""Query a machine's memory backends and devices without changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.dimm import Dimm
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.pci.device import PciDevice
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def free_backends(machine: Machine) -> list[MemoryBackend]:
    """Return the backends that nothing uses yet."""
    return [item for item in machine.backends if not item.user]


def memory_device_of(device: Object) -> MemoryDevice | None:
    """Return the memory device of a plugged device: itself, or the one behind its PCI proxy."""
    found = device.vdev if isinstance(device, VirtioPci) else device
    return found if isinstance(found, MemoryDevice) and found.memdev else None


def is_unplug_pending(machine: Machine, device: Object) -> bool:
    """Return whether device_del was called for a device that is still there, and the guest has not
    rejected it.
    """
    if isinstance(device, PciDevice):
        return device.unplug_pending
    if not isinstance(device, Dimm) or device not in machine.memory_devices:
        return False
    slot = machine.ports.memory.slots[device.slot]
    # A guest that has begun to eject has cleared the removal flag (docs/qemu-behaviour/qmp.md §B1).
    if slot.removal_requested or not machine.simulates_guest:
        return slot.removal_requested
    return device.slot in machine.guest.memory_hotplug.removing


def backend_users(machine: Machine) -> dict[MemoryBackend, str]:
    """Return the id, or else the path, of the device that uses each backend.

    Backends of the machine's main memory are not among them.
    """
    found = {}
    for container in (machine.peripheral, machine.peripheral_anon):
        for device in container.children.values():
            memory = memory_device_of(device)
            if memory:
                is_named = container is machine.peripheral
                found[memory.backend] = device.name if is_named else device.path
    return found


def backend_user(machine: Machine, backend: MemoryBackend) -> str:
    """Return what uses a backend that is in use: a device, or `the machine`."""
    return backend_users(machine).get(backend, "the machine")
