"""What a board maps into the guest's memory besides RAM: video memory, interrupt controllers,
firmware (names, addresses and priorities are those of QEMU's `info mtree -f`).

Firmware and option ROMs are real memory of the host, filled with zeros: their code is not ours to
copy.
"""

from __future__ import annotations

from hmp.machine.boards.types import Board
from hmp.machine.memory.address_space import AddressRange
from hmp.machine.memory.mapping import Mapping
from hmp.units import GIB, KIB

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
    """Return the ranges of a board; the caller has to close the mappings of firmware."""
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
    """The firmware ends at 4 GiB; its last 128 KiB are mapped below 1 MiB too."""
    memory = Mapping(size)
    return (
        AddressRange(FIRMWARE_END - size, size, "pc.bios", memory, kind=kind),
        AddressRange(
            LOW_FIRMWARE_BASE, WINDOW_BYTES, "pc.bios", memory, size - WINDOW_BYTES, kind=kind
        ),
    )
