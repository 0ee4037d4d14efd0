"""What is left on a machine for memory devices: bytes, slots, and the gaps in which something fits.

The arithmetic is in `hmp.machine.memory.placement`; here it is only asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.machine.memory.placement import Gap, gaps

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def room_used(machine: Machine) -> int:
    """Bytes of the device memory region that devices hold."""
    return sum(item.size for item in machine.occupied())


def room_left(machine: Machine) -> int:
    """Bytes that may still be plugged; 0 where nothing can be."""
    return max(machine.device_region.usable - room_used(machine), 0)


def slots_left(machine: Machine) -> list[int]:
    """The free memory slots."""
    return [slot for slot in range(machine.slot_count) if slot not in machine.busy_slots]


def start_of_fit(machine: Machine, size: int, alignment: int) -> Iterator[Gap]:
    """The gaps of the region in which `size` bytes fit at that alignment."""
    if machine.device_region.length:
        yield from (
            gap
            for gap in gaps(machine.device_region, alignment, machine.occupied())
            if gap.holds(size)
        )
