"""Return what a machine has left for memory devices: bytes, slots, and gaps that fit a size.

The rules are those of docs/qemu-behaviour/devices.md §4 and §5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.machine.memory.placement import Gap, gaps

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def used_bytes(machine: Machine) -> int:
    """Return the bytes of the device memory region that plugged devices occupy."""
    return sum(item.size for item in machine.occupied())


def free_bytes(machine: Machine) -> int:
    """Return the bytes that may still be plugged; 0 on a machine without a region."""
    return max(machine.device_region.usable - used_bytes(machine), 0)


def free_slots(machine: Machine) -> list[int]:
    """Return the free memory slots in ascending order."""
    return [slot for slot in range(machine.slot_count) if slot not in machine.busy_slots]


def fitting_gaps(machine: Machine, size: int, alignment: int) -> Iterator[Gap]:
    """Yield the gaps of the region in which `size` bytes fit at an alignment, by address."""
    if machine.device_region.length:
        yield from (
            gap
            for gap in gaps(machine.device_region, alignment, machine.occupied())
            if gap.holds(size)
        )
