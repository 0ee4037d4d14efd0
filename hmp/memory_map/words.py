"""Tell the memory map in sentences, for terminals without drawings and for those who hear them."""

from __future__ import annotations

from hmp.guest.memory import NOT_ADDED
from hmp.memory_map.regions import (
    NO_SLOT,
    MapRegion,
    MemoryMap,
    RegionKind,
    free_text,
    resident_text,
)
from hmp.units import format_size

WITHOUT_MEMORY = {RegionKind.HOLE: "no memory", RegionKind.FREE: "address space for devices"}


def tell(memory: MemoryMap) -> list[str]:
    """Return a sentence for each region in the order of addresses, and one about what is free."""
    if not memory.regions:
        return ["The machine has no memory."]
    texts = [_sentence(region) for region in memory.regions]
    free = free_text(memory)
    return [*texts, f"{free[0].upper()}{free[1:]}."]


def _sentence(region: MapRegion) -> str:
    where = f"{format_size(region.size)} from 0x{region.start:x} to 0x{region.end - 1:x}"
    if region.kind in WITHOUT_MEMORY:
        return f"{where}: {WITHOUT_MEMORY[region.kind]}."
    slot = f" in slot {region.slot}" if region.slot != NO_SLOT else ""
    note = f"; {NOT_ADDED}" if region.left_out else ""
    resident = f"backend {region.memdev}, resident {resident_text(region)}"
    return f"{where}: {region.name}{slot}, {resident}{note}."
