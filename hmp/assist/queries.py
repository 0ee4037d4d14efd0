"""Queries of a machine's memory backends and devices; none changes the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.dimm import Dimm
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def backends(machine: Machine) -> list[MemoryBackend]:
    """The memory backends that users made."""
    return [item for item in machine.objects.children.values() if isinstance(item, MemoryBackend)]


def free_backends(machine: Machine) -> list[MemoryBackend]:
    """The backends that serve nobody yet."""
    return [item for item in backends(machine) if not item.user]


def memory_of(device: Object) -> MemoryDevice | None:
    """The memory device behind what the user plugged, if it has memory."""
    found = device.memory if isinstance(device, VirtioPci) else device
    return found if isinstance(found, MemoryDevice) and found.memdev else None


def is_unplug_pending(machine: Machine, device: Object) -> bool:
    """Whether a device was asked to go and has not gone yet."""
    if isinstance(device, VirtioPci):
        return device.removing
    if not isinstance(device, Dimm) or device not in machine.memory_devices:
        return False
    slot = device.number("slot")
    return machine.registers.slots[slot].removing or machine.guest.slots.stuck_slot == slot


def users(machine: Machine) -> dict[MemoryBackend, str]:
    """Which device, by id or else by path, each backend serves; the machine's own memory is not
    among them.
    """
    found = {}
    for place in (machine.peripheral, machine.peripheral_anon):
        for device in place.children.values():
            memory = memory_of(device)
            if memory:
                found[memory.backend] = device.name if place is machine.peripheral else device.path
    return found


def user_of(machine: Machine, backend: MemoryBackend) -> str:
    """Who uses a backend that is in use: a device, or the machine."""
    return users(machine).get(backend, "the machine")
