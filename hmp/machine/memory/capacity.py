"""What is free on a machine for memory devices: bytes, slots, and the gaps where a size fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.machine.memory.placement import Gap, gaps

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def used_bytes(machine: Machine) -> int:
    """Return the bytes of the device memory region that devices use
    (docs/qemu-behaviour/devices.md §5, step 3).
    """
    return sum(item.size for item in machine.used_ranges())


def free_bytes(machine: Machine) -> int:
    """Return the bytes that can still be plugged; 0 without a device memory region."""
    return max(machine.device_region.usable - used_bytes(machine), 0)


def free_slots(machine: Machine) -> list[int]:
    """Return the numbers of the free memory slots, the lowest first."""
    return [slot for slot in range(machine.slot_count) if slot not in machine.busy_slots]


def fitting_gaps(machine: Machine, size: int, alignment: int) -> Iterator[Gap]:
    """Return the gaps of the device memory region in which aligned `size` bytes fit."""
    if machine.device_region.length:
        yield from (
            gap
            for gap in gaps(machine.device_region, alignment, machine.used_ranges())
            if gap.holds(size)
        )
