"""How the last plug was placed, or why it could not be: slots, what was left, and each candidate
gap with its numbers.

The machine remembers the plug (`hmp.machine.devices.plug_trace`); the gaps are those of
`hmp.machine.memory.placement`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.machine.devices.plug_trace import AddressSearch, PlugAttempt
from hmp.machine.memory.placement import Gap, gaps
from hmp.text import format_table
from hmp.units import format_size

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

NOTHING = "nothing was plugged yet"


def explain(machine: Machine) -> list[str]:
    """Lines about the last plug."""
    record = machine.last_plug
    if record is None:
        return [NOTHING]
    return [_outcome(record), *(f"  {line}" for line in _details(record))]


def _outcome(record: PlugAttempt) -> str:
    who = (
        f"{record.identifier} ({record.driver})"
        if record.identifier
        else f"a {record.driver} without id"
    )
    if record.error:
        return f"{who} was refused: {record.error}"
    if record.addr is None:
        return f"{who} was plugged; it needs no address"
    slot = f" in slot {record.slot}" if record.slot is not None else ""
    return f"{who} was plugged at 0x{record.addr:x}{slot}"


def _details(record: PlugAttempt) -> Iterator[str]:
    if record.driver in ("pc-dimm", "nvdimm"):
        yield _slots(record)
    if record.search:
        yield from _search(record, record.search)
    elif record.error:
        yield "it did not come to looking for an address"


def _slots(record: PlugAttempt) -> str:
    if not record.slot_count:
        return "slots: the machine has none"
    free = [slot for slot in range(record.slot_count) if slot not in record.busy_slots]
    shown = ", ".join(map(str, free)) if free else "none"
    chosen = f"; slot {record.slot} was chosen" if record.slot is not None else ""
    return f"slots: {len(record.busy_slots)} of {record.slot_count} busy, free: {shown}{chosen}"


def _search(record: PlugAttempt, search: AddressSearch) -> Iterator[str]:
    region, used = search.region, sum(item.size for item in search.used)
    left = region.usable - used
    yield (
        f"needs {format_size(search.size)} at a multiple of {format_size(search.alignment)}; "
        f"{format_size(left)} of {format_size(region.usable)} were left"
        + f", {format_size(search.size - left)} too few"
        * (search.size > left)
    )
    if search.wanted:
        yield f"asked for 0x{search.wanted:x}, so only that place counts"
    end = region.base + region.length - 1
    yield f"device memory region: 0x{region.base:x}-0x{end:x} ({format_size(region.length)})"
    rows = [("gap", "size", "first aligned", "verdict")]
    chosen = False
    for gap in gaps(region, search.alignment, search.used):
        verdict = _verdict(record, search, gap, chosen)
        chosen = chosen or verdict == "taken"
        rows.append(
            (
                f"0x{gap.start:x}-0x{gap.end - 1:x}",
                format_size(gap.end - gap.start),
                f"0x{gap.first:x}" if gap.first < gap.end else "none",
                verdict,
            )
        )
    yield from format_table(rows)


def _verdict(record: PlugAttempt, search: AddressSearch, gap: Gap, chosen: bool) -> str:
    """What became of a gap."""
    if record.addr is not None and gap.start <= record.addr < gap.end:
        return "taken"
    if not gap.holds(search.size):
        if gap.end - gap.start >= search.size:
            missing = gap.first + search.size - gap.end
            return f"too small from its first aligned address, by {format_size(missing)}"
        return f"too small by {format_size(search.size - (gap.end - gap.start))}"
    left = search.region.usable - sum(item.size for item in search.used)
    if search.size > left:
        return f"large enough, but no more than {format_size(left)} may be plugged"
    return "not needed" if chosen and not search.wanted else "would hold it"
