"""The memory that a machine starts with: RAM, and over it the board's own ranges (video memory,
interrupt controllers, firmware; docs/qemu-behaviour/startup.md §7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.boards.cxl import has_cxl, window_sizes
from hmp.machine.boards.flash import find_flash, flash_ranges
from hmp.machine.boards.properties import PcMachineObject
from hmp.machine.memory.address_space import AddressRange
from hmp.machine.memory.layout import (
    AddressWidth,
    Layout,
    below_4g_warning,
    lay_out,
    lay_out_without_hotplug,
)
from hmp.machine.memory.mapping import MapError, Mapping
from hmp.units import GIB, KIB

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
from hmp.machine.memory.config import MemoryConfig

VIDEO_BASE, OPTION_ROM_BASE, LOW_FIRMWARE_BASE, FIRMWARE_END = 0xA0000, 0xC0000, 0xE0000, 4 * GIB
WINDOW_BYTES = 128 * KIB
_PC_DEVICES = (
    AddressRange(0xFEC00000, 0x1000, "ioapic", None, kind="i/o"),
    AddressRange(0xFEE00000, 0x100000, "apic-msi", None, kind="i/o", priority=4096),
)
_HPET = AddressRange(0xFED00000, 0x400, "hpet", None, kind="i/o")
_ACPI_EVENTS = (
    AddressRange(0xFEA00000, 0x4, "acpi-ged", None, kind="i/o"),
    AddressRange(0xFEA00200, 0x3, "acpi-ged-regs", None, kind="i/o"),
)
_SECOND_IO_APIC = AddressRange(0xFEC10000, 0x1000, "ioapic", None, kind="i/o")


def fixed_ranges(machine: Machine) -> Iterator[AddressRange]:
    """Yield the ranges of a board; the caller has to close the mappings of firmware, which is in
    the machine's flash memory if there is some.

    Raises MapError where the host can't map one.
    """
    board, target = machine.board, machine.machine_object
    if board.name == "none":
        return
    if board.name == "microvm":
        yield from _ACPI_EVENTS if machine.acpi else ()
        if not machine.lacks_second_io_apic:
            yield _SECOND_IO_APIC
        yield from _PC_DEVICES
        yield from _firmware(WINDOW_BYTES, "ram")
    elif not board.root_bus:
        yield AddressRange(VIDEO_BASE, WINDOW_BYTES, "cirrus-low-memory", None, kind="i/o")
        yield _option_rom("ram")
        yield from _firmware(WINDOW_BYTES, "ram")
    else:
        yield from _PC_DEVICES
        yield _option_rom("rom")
        flash = machine.flash
        yield from flash_ranges(flash) if flash else _firmware(2 * WINDOW_BYTES, "rom")
        if machine.onboard.display:
            yield AddressRange(VIDEO_BASE, WINDOW_BYTES, "vga-lowmem", None, kind="i/o", priority=1)
        if isinstance(target, PcMachineObject) and target.hpet:
            yield _HPET


def _option_rom(kind: str) -> AddressRange:
    memory = _map("pc.rom", WINDOW_BYTES)
    return AddressRange(OPTION_ROM_BASE, WINDOW_BYTES, "pc.rom", memory, kind=kind, priority=1)


def _firmware(size: int, kind: str) -> Iterator[AddressRange]:
    """The firmware ends at 4 GiB; its last 128 KiB are mapped below 1 MiB too."""
    memory = _map("pc.bios", size)
    yield AddressRange(FIRMWARE_END - size, size, "pc.bios", memory, kind=kind)
    yield AddressRange(
        LOW_FIRMWARE_BASE, WINDOW_BYTES, "pc.bios", memory, size - WINDOW_BYTES, kind=kind
    )


def _map(name: str, size: int) -> Mapping:
    with MapError.wrapping_calls(f"cannot set up guest memory '{name}'"):
        return Mapping(size)


def warn_of_split(machine: Machine, size: int) -> None:
    """Warn of a max-ram-below-4g that splits RAM badly; QEMU does so before it makes the CPUs."""
    target, chipset = machine.machine_object, machine.board.chipset
    if chipset and isinstance(target, PcMachineObject):
        warning = below_4g_warning(chipset, size, target.chosen_max_ram_below_4g)
        if warning:
            machine.warn(warning)


def lay_out_memory(machine: Machine) -> None:
    """Set the machine's layout; raise StateError when the memory can't be addressed."""
    machine.layout = layout_for(machine, machine.memory_config)


def layout_for(machine: Machine, sizes: MemoryConfig) -> Layout:
    """Return the layout that the machine would have with other sizes; StateError for none."""
    chipset, cpu = machine.board.chipset, machine.cpu
    below = 0
    if chipset:
        assert isinstance(machine.machine_object, PcMachineObject)
        below = machine.machine_object.chosen_max_ram_below_4g
    # isapc has the chipset of pc, and all of its memory is below 4 GiB.
    if chipset is None or not machine.board.root_bus:
        return lay_out_without_hotplug(sizes.size, machine.board.name == "microvm")
    avoids_hole = cpu.is_amd and machine.board.avoids_hypertransport_hole
    width = AddressWidth(
        cpu.phys_bits, cpu.has_long_mode, avoids_hole, machine.board.limits_32_bit_cpus
    )
    hole = machine.parts.value(machine.board.host_bridge_type, "pci-hole64-size")
    if isinstance(hole, int):
        chipset = chipset.replace(pci_hole=hole)
    windows = window_sizes(machine) if has_cxl(machine) else None
    return lay_out(chipset, sizes.size, sizes.slots, sizes.maxmem, width, below, windows)


def map_memory(machine: Machine, backends: list[MemoryBackend]) -> None:
    """Map the board's own ranges, then RAM into the holes that they leave.

    In this order because ranges of the address space do not overlap, and the board's have priority.
    The backends are joined: each begins in RAM where the one before ends.
    """
    machine.flash = find_flash(machine)
    for item in fixed_ranges(machine):
        machine.board_ranges.append(item)
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
