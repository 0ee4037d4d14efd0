"""The size of the guest's memory as its balloon counts it (docs/qemu-behaviour/devices.md §13);
sizes in bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import DeviceNotActiveError, ParameterValueError
from hmp.units import PAGE_SIZE, U64

if TYPE_CHECKING:
    from hmp.machine.devices.virtio_balloon import VirtioBalloon
    from hmp.machine.machine import Machine


def full_size(machine: Machine) -> int:
    """Return the memory with an empty balloon: RAM and DIMMs, no other memory devices."""
    dimms = (device for device in machine.memory_devices if device.label == "dimm")
    return machine.memory_config.size + sum(device.region_size for device in dimms)


def actual_size(machine: Machine, device: VirtioBalloon) -> int:
    """Return what is left to the guest; negative where a DIMM left with pages in the balloon."""
    return full_size(machine) - device.actual_pages * PAGE_SIZE


def query_balloon(machine: Machine) -> int:
    """Return what is left to the guest; raise DeviceNotActiveError without a balloon."""
    return actual_size(machine, _find(machine))


def set_balloon(machine: Machine, size: int) -> None:
    """Ask the guest to make do with so much; more than it has is all that it has.

    Raises:
        DeviceNotActiveError: There is no balloon.
        ParameterValueError: The size, as a signed number of 64 bits, is not positive.
    """
    device = _find(machine)
    if not 0 < size % U64 < U64 // 2:
        raise ParameterValueError("value", "a size")
    full = full_size(machine)
    device.ask_for((full - min(size % U64, full)) // PAGE_SIZE)


def _find(machine: Machine) -> VirtioBalloon:
    if machine.balloon is None:
        raise DeviceNotActiveError
    return machine.balloon
