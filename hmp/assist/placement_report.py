"""Explain how the last plug was placed, or why it failed (`explain`).

The rules for slots and addresses are those of docs/qemu-behaviour/devices.md §4, §5.
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

NOTHING_PLUGGED = "nothing was plugged yet"


def explain(machine: Machine) -> list[str]:
    """Return lines about the last plug: its outcome, slots, sizes, and a table of gaps."""
    attempt = machine.last_plug
    if attempt is None:
        return [NOTHING_PLUGGED]
    return [_outcome(attempt), *(f"  {line}" for line in _details(attempt))]


def _outcome(attempt: PlugAttempt) -> str:
    device = f"a {attempt.driver} without id"
    if attempt.identifier:
        device = f"{attempt.identifier} ({attempt.driver})"
    if attempt.error:
        return f"{device} was not plugged: {attempt.error}"
    if attempt.addr is None:
        return f"{device} was plugged; it needs no address"
    slot = f" in slot {attempt.slot}" if attempt.slot is not None else ""
    return f"{device} was plugged at 0x{attempt.addr:x}{slot}"


def _details(attempt: PlugAttempt) -> Iterator[str]:
    if attempt.driver in ("pc-dimm", "nvdimm"):
        yield _slots(attempt)
    if attempt.search:
        yield from _search(attempt, attempt.search)
    elif attempt.error:
        yield "it failed before an address was searched"


def _slots(attempt: PlugAttempt) -> str:
    if not attempt.slot_count:
        return "slots: the machine has none"
    free = [slot for slot in range(attempt.slot_count) if slot not in attempt.busy_slots]
    shown = ", ".join(map(str, free)) if free else "none"
    chosen = f"; slot {attempt.slot} was chosen" if attempt.slot is not None else ""
    return f"slots: {len(attempt.busy_slots)} of {attempt.slot_count} busy, free: {shown}{chosen}"


def _search(attempt: PlugAttempt, search: AddressSearch) -> Iterator[str]:
    region, left = search.region, _left(search)
    missing = f", {format_size(search.size - left)} too few" if search.size > left else ""
    yield (
        f"needs {format_size(search.size)} at a multiple of {format_size(search.alignment)}; "
        f"{format_size(left)} of {format_size(region.usable)} were left{missing}"
    )
    if search.wanted:
        yield f"asked for 0x{search.wanted:x}, so only that place counts"
    end = region.base + region.length - 1
    yield f"device memory region: 0x{region.base:x}-0x{end:x} ({format_size(region.length)})"
    rows = [("gap", "size", "first aligned", "verdict")]
    is_placed = False
    for gap in gaps(region, search.alignment, search.used):
        verdict = _verdict(attempt, search, gap, is_placed)
        is_placed = is_placed or verdict == "taken"
        rows.append(
            (
                f"0x{gap.start:x}-0x{gap.end - 1:x}",
                format_size(gap.end - gap.start),
                f"0x{gap.first:x}" if gap.first < gap.end else "none",
                verdict,
            )
        )
    yield from format_table(rows)


def _left(search: AddressSearch) -> int:
    """Return the bytes that could still be plugged."""
    return search.region.usable - sum(item.size for item in search.used)


def _verdict(attempt: PlugAttempt, search: AddressSearch, gap: Gap, is_placed: bool) -> str:
    if attempt.addr is not None and gap.start <= attempt.addr < gap.end:
        return "taken"
    if not gap.holds(search.size):
        if gap.end - gap.start >= search.size:
            missing = gap.first + search.size - gap.end
            return f"too small from its first aligned address, by {format_size(missing)}"
        return f"too small by {format_size(search.size - (gap.end - gap.start))}"
    left = _left(search)
    if search.size > left:
        return f"large enough, but no more than {format_size(left)} may be plugged"
    return "not needed" if is_placed and not search.wanted else "would hold it"
