"""The memory that a machine starts with: where RAM lies, and what the board puts over it.

The arithmetic is in `layout.py`, what a board brings along in `board_memory.py`; devices come later
and elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.boards.memory import fixed_ranges
from hmp.machine.memory.address_space import Range
from hmp.machine.memory.layout import below_4g_warning, lay_out, lay_out_without_hotplug

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def lay_out_memory(machine: Machine) -> None:
    """Set the machine's layout; StateError in the reference's words when it can't be addressed."""
    if not machine.board.chipset:
        machine.layout = lay_out_without_hotplug(machine.sizes.ram, machine.board.name == "microvm")
        return
    below = machine.machine_object.setting("max-ram-below-4g")
    assert isinstance(below, int)
    warning = below_4g_warning(machine.board.chipset, machine.sizes.ram, below)
    if warning:
        machine.warn(warning)
    machine.layout = lay_out(
        machine.board.chipset, *machine.sizes, machine.board.moves_high_memory, below
    )


def map_memory(machine: Machine, backends: list[MemoryBackend]) -> None:
    """Put the board's own ranges and then RAM into the address space; RAM shows where the board
    leaves room.
    """
    hpet = bool(machine.machine_object.setting("hpet"))
    machine.board_ranges = fixed_ranges(machine.board, "VGA" in machine.default_devices, hpet)
    for item in machine.board_ranges:
        machine.address_space.map(item)
    done = 0
    for backend in backends:
        _map_backend(machine, backend, done)
        done += backend.size


def _map_backend(machine: Machine, backend: MemoryBackend, before: int) -> None:
    """One backend of RAM, after `before` bytes of others; what lies beyond the low part goes above
    4 GiB.
    """
    layout, space = machine.layout, machine.address_space
    low = max(0, min(backend.size, layout.low - before))
    space.fill(Range(before, low, backend.name, backend.mapping))
    start = layout.high_start + max(0, before - layout.low)
    space.fill(Range(start, backend.size - low, backend.name, backend.mapping, low))
