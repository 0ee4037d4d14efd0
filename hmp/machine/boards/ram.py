"""The memory that a machine starts with: RAM, and over it the board's own ranges (video memory,
interrupt controllers, firmware; docs/qemu-behaviour/startup.md §7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.boards.properties import IsapcObject
from hmp.machine.boards.types import Board
from hmp.machine.memory.address_space import AddressRange
from hmp.machine.memory.layout import below_4g_warning, lay_out, lay_out_without_hotplug
from hmp.machine.memory.mapping import Mapping
from hmp.units import GIB, KIB

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

VIDEO_BASE, OPTION_ROM_BASE, LOW_FIRMWARE_BASE, FIRMWARE_END = 0xA0000, 0xC0000, 0xE0000, 4 * GIB
WINDOW_BYTES = 128 * KIB
_PC_DEVICES = (
    AddressRange(0xFEC00000, 0x1000, "ioapic", None, kind="i/o"),
    AddressRange(0xFEE00000, 0x100000, "apic-msi", None, kind="i/o", priority=4096),
)
_HPET = AddressRange(0xFED00000, 0x400, "hpet", None, kind="i/o")
_MICROVM_DEVICES = (
    AddressRange(0xFEA00000, 0x4, "acpi-ged", None, kind="i/o"),
    AddressRange(0xFEA00200, 0x3, "acpi-ged-regs", None, kind="i/o"),
    AddressRange(0xFEC10000, 0x1000, "ioapic", None, kind="i/o"),
    *_PC_DEVICES,
)


def fixed_ranges(board: Board, display: bool, hpet: bool) -> list[AddressRange]:
    """Return the ranges of a board, as `info mtree` of QEMU has them; the caller has to close the
    mappings of firmware.
    """
    if board.name == "none":
        return []
    if board.name == "microvm":
        return [*_MICROVM_DEVICES, *_firmware(WINDOW_BYTES, "ram")]
    if not board.root_bus:
        video = AddressRange(VIDEO_BASE, WINDOW_BYTES, "cirrus-low-memory", None, kind="i/o")
        return [video, _option_rom("ram"), *_firmware(WINDOW_BYTES, "ram")]
    found = [*_PC_DEVICES, _option_rom("rom"), *_firmware(2 * WINDOW_BYTES, "rom")]
    if display:
        found.append(
            AddressRange(VIDEO_BASE, WINDOW_BYTES, "vga-lowmem", None, kind="i/o", priority=1)
        )
    if hpet:
        found.append(_HPET)
    return found


def _option_rom(kind: str) -> AddressRange:
    return AddressRange(
        OPTION_ROM_BASE, WINDOW_BYTES, "pc.rom", Mapping(WINDOW_BYTES), kind=kind, priority=1
    )


def _firmware(size: int, kind: str) -> tuple[AddressRange, AddressRange]:
    """Return the firmware, which ends at 4 GiB, and its last 128 KiB, mapped below 1 MiB too."""
    memory = Mapping(size)
    return (
        AddressRange(FIRMWARE_END - size, size, "pc.bios", memory, kind=kind),
        AddressRange(
            LOW_FIRMWARE_BASE, WINDOW_BYTES, "pc.bios", memory, size - WINDOW_BYTES, kind=kind
        ),
    )


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
    """Map the board's own ranges, then RAM into the holes that they leave.

    In this order because ranges of the address space do not overlap, and the board's have priority.
    The backends are joined: each begins in RAM where the one before ends.
    """
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
