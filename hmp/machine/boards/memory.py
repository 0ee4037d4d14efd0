"""What a board puts into the guest's memory besides RAM: video memory, interrupt controllers,
firmware.

Firmware and option ROMs are real memory of the host, filled with zeros: their bytes are not ours to
copy.
"""

from __future__ import annotations

from hmp.machine.boards.types import Board
from hmp.machine.memory.address_space import Range
from hmp.machine.memory.mapping import Mapping

KIB = 1 << 10
VIDEO, OPTION_ROM, LOW_FIRMWARE, END = 0xA0000, 0xC0000, 0xE0000, 1 << 32
WINDOW = 128 * KIB
_PC_DEVICES = (
    Range(0xFEC00000, 0x1000, "ioapic", None, kind="i/o"),
    Range(0xFEE00000, 0x100000, "apic-msi", None, kind="i/o", priority=4096),
)
_HPET = Range(0xFED00000, 0x400, "hpet", None, kind="i/o")
_MICROVM_DEVICES = (
    Range(0xFEA00000, 0x4, "acpi-ged", None, kind="i/o"),
    Range(0xFEA00200, 0x3, "acpi-ged-regs", None, kind="i/o"),
    Range(0xFEC10000, 0x1000, "ioapic", None, kind="i/o"),
    *_PC_DEVICES,
)


def fixed_ranges(board: Board, display: bool, hpet: bool) -> list[Range]:
    """The ranges of a board; those of firmware come with a mapping that the caller has to close."""
    if board.name == "none":
        return []
    if board.name == "microvm":
        return [*_MICROVM_DEVICES, *_firmware(WINDOW, "ram")]
    if not board.root_bus:
        video = Range(VIDEO, WINDOW, "cirrus-low-memory", None, kind="i/o")
        return [video, _option_rom("ram"), *_firmware(WINDOW, "ram")]
    found = [*_PC_DEVICES, _option_rom("rom"), *_firmware(2 * WINDOW, "rom")]
    if display:
        found.append(Range(VIDEO, WINDOW, "vga-lowmem", None, kind="i/o", priority=1))
    if hpet:
        found.append(_HPET)
    return found


def _option_rom(kind: str) -> Range:
    return Range(OPTION_ROM, WINDOW, "pc.rom", Mapping(WINDOW), kind=kind, priority=1)


def _firmware(size: int, kind: str) -> tuple[Range, Range]:
    """The firmware ends at 4 GiB; its last 128 KiB show below 1 MiB too."""
    memory = Mapping(size)
    return (
        Range(END - size, size, "pc.bios", memory, kind=kind),
        Range(LOW_FIRMWARE, WINDOW, "pc.bios", memory, size - WINDOW, kind=kind),
    )
