"""The memory that a machine starts with: RAM, and the board's own ranges over it
(docs/qemu-behaviour/startup.md §7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.boards.memory import fixed_ranges
from hmp.machine.boards.properties import IsapcObject
from hmp.machine.memory.address_space import AddressRange
from hmp.machine.memory.layout import below_4g_warning, lay_out, lay_out_without_hotplug

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def lay_out_memory(machine: Machine) -> None:
    """Set the machine's layout; raise StateError when the memory can't be addressed."""
    if not machine.board.chipset:
        machine.layout = lay_out_without_hotplug(
            machine.memory_config.size, machine.board.name == "microvm"
        )
        return
    assert isinstance(machine.machine_object, IsapcObject)
    below = machine.machine_object.chosen_max_ram_below_4g
    warning = below_4g_warning(machine.board.chipset, machine.memory_config.size, below)
    if warning:
        machine.warn(warning)
    machine.layout = lay_out(
        machine.board.chipset,
        *machine.memory_config,
        machine.board.avoids_hypertransport_hole,
        below,
    )


def map_memory(machine: Machine, backends: list[MemoryBackend]) -> None:
    """Map the board's own ranges, then RAM into the holes that they leave."""
    hpet = isinstance(machine.machine_object, IsapcObject) and machine.machine_object.hpet
    machine.board_ranges = fixed_ranges(machine.board, "VGA" in machine.default_devices, hpet)
    for item in machine.board_ranges:
        machine.address_space.map(item)
    offset = 0
    for backend in backends:
        _map_backend(machine, backend, offset)
        offset += backend.size


def _map_backend(machine: Machine, backend: MemoryBackend, offset: int) -> None:
    """Map a backend at an offset in RAM; what exceeds the low part is above 4 GiB."""
    layout, space = machine.layout, machine.address_space
    low = max(0, min(backend.size, layout.low - offset))
    space.fill(AddressRange(offset, low, backend.name, backend.mapping))
    start = layout.high_start + max(0, offset - layout.low)
    space.fill(AddressRange(start, backend.size - low, backend.name, backend.mapping, low))
