"""Explain how the last plug was placed, or what was asked for and why it failed (`explain`).

The rules for slots and addresses are those of docs/qemu-behaviour/devices.md §4, §5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.encoding import to_unicode
from hmp.errors import DeviceNotFoundError, HmpError
from hmp.guest.memory import NOT_ADDED, is_addable
from hmp.machine.devices.bus import BusError, WrongBusError
from hmp.machine.devices.memory_device import MemdevBusyError, MemdevMissingError, NotPreparedError
from hmp.machine.devices.plug import UnknownDriverError
from hmp.machine.devices.plug_trace import AddressSearch, PlugAttempt
from hmp.machine.memory.placement import (
    AddressError,
    FragmentedError,
    Gap,
    InvalidSlotError,
    NoFreeSlotError,
    NoSlotsError,
    NoSpaceError,
    SlotBusyError,
    UnalignedSizeError,
    gaps,
)
from hmp.text import UNBROKEN, fit_table, visible, wrap
from hmp.units import format_size, format_sizes

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

NOTHING_PLUGGED = "nothing was plugged yet"
INDENT = "  "
# What is decided at a plug, and the errors of it.
STEPS: tuple[tuple[str, tuple[type[HmpError], ...]], ...] = (
    ("the type", (UnknownDriverError,)),
    ("the bus", (BusError, WrongBusError)),
    ("the slot", (NoSlotsError, NoFreeSlotError, InvalidSlotError, SlotBusyError)),
    ("device memory, of which the machine has none", (NotPreparedError,)),
    ("the backend", (MemdevMissingError, MemdevBusyError, DeviceNotFoundError)),
    ("the space that is left", (NoSpaceError,)),
    ("the size of the backend", (UnalignedSizeError,)),
    ("the address", (AddressError, FragmentedError)),
)
DIMMS = ("pc-dimm", "nvdimm")


def explain(machine: Machine, width: int = UNBROKEN, in_words: bool = False) -> list[str]:
    """Return lines of less than `width` columns about the last plug: its outcome, what was asked
    for, slots, sizes, and a table of gaps, or with `in_words` a sentence for each.
    """
    attempt = machine.last_plug
    if attempt is None:
        return [NOTHING_PLUGGED]
    lines = wrap(visible(to_unicode(_outcome(attempt))), width)
    for text in _details(machine, attempt):
        # What a sentence goes on with is indented further.
        first, *more = wrap(visible(to_unicode(text)), width - len(INDENT), INDENT)
        lines += [first, *(f"{INDENT}{line}" for line in more)]
    if attempt.search:
        rows = _gap_rows(attempt, attempt.search)
        table = [
            wrap(
                f"gap {gap}, {size}, first aligned address {first}: {verdict}", width - len(INDENT)
            )
            for gap, size, first, verdict in rows[1:]
        ]
        table = table if in_words else fit_table(rows, width - len(INDENT))
        lines += [f"{INDENT}{line}" for row in table for line in row]
    return lines


def _outcome(attempt: PlugAttempt) -> str:
    device = f"a {attempt.driver} without id"
    if attempt.identifier:
        device = f"{attempt.identifier} ({attempt.driver})"
    if attempt.failure:
        return f"{device} was not plugged: {attempt.error}"
    if attempt.addr is None:
        return f"{device} was plugged; it needs no address"
    slot = f" in slot {attempt.slot}" if attempt.slot is not None else ""
    return f"{device} was plugged at 0x{attempt.addr:x}{slot}"


def _details(machine: Machine, attempt: PlugAttempt) -> Iterator[str]:
    if attempt.failure:
        asked = ", ".join(f"{key}={value}" for key, value in attempt.asked)
        yield f"asked for: {asked or 'nothing but the type'}"
        yield f"failed at: {_failed_step(attempt.failure)}"
    if attempt.driver in DIMMS:
        yield _slots(attempt)
    if attempt.search:
        yield from _search(attempt, attempt.search)
    elif attempt.failure:
        yield "no address was searched for"
    if _is_left_out(machine, attempt):
        yield f"guest: {NOT_ADDED}"


def _failed_step(error: HmpError) -> str:
    step = next((name for name, kinds in STEPS if isinstance(error, kinds)), "")
    return step or (f"the property {error.parameter}" if error.parameter else "another check")


def _is_left_out(machine: Machine, attempt: PlugAttempt) -> bool:
    """Return whether a DIMM is plugged that Linux can't use."""
    if attempt.driver != "pc-dimm" or attempt.addr is None or attempt.search is None:
        return False
    has_linux = machine.simulates_guest and machine.guest.policy.has_os
    return has_linux and not is_addable(attempt.addr, attempt.search.size)


def _slots(attempt: PlugAttempt) -> str:
    if not attempt.slot_count:
        return "slots: the machine has none"
    free = [slot for slot in range(attempt.slot_count) if slot not in attempt.busy_slots]
    shown = ", ".join(map(str, free)) if free else "none"
    is_chosen = attempt.slot is not None and not attempt.failure
    chosen = f"; slot {attempt.slot} was chosen" if is_chosen else ""
    return f"slots: {len(attempt.busy_slots)} of {attempt.slot_count} busy, free: {shown}{chosen}"


def _search(attempt: PlugAttempt, search: AddressSearch) -> Iterator[str]:
    region, left = search.region, _left(search)
    missing = max(search.size - left, 0)
    size, available, usable, short = format_sizes(search.size, left, region.usable, missing)
    too_few = f", {short} too few" if missing else ""
    yield f"size: {size}; {available} of {usable} were left{too_few}"
    yield f"address: a multiple of {format_size(search.alignment)}"
    if search.wanted:
        yield f"asked for 0x{search.wanted:x}, so only that place counts"
    end = region.base + region.length - 1
    yield f"device memory region: 0x{region.base:x}-0x{end:x} ({format_size(region.length)})"


def _gap_rows(attempt: PlugAttempt, search: AddressSearch) -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = [("gap", "size", "first aligned", "verdict")]
    is_placed = False
    for gap in gaps(search.region, search.alignment, search.used):
        is_chosen = attempt.addr is not None and gap.start <= attempt.addr < gap.end
        is_placed = is_placed or is_chosen
        rows.append(
            (
                f"0x{gap.start:x}-0x{gap.end - 1:x}",
                format_size(gap.end - gap.start),
                f"0x{gap.first:x}" if gap.first < gap.end else "none",
                "chosen" if is_chosen else _verdict(search, gap, is_placed),
            )
        )
    return rows


def _left(search: AddressSearch) -> int:
    """Return the bytes that could still be plugged."""
    return search.region.usable - sum(item.size for item in search.used)


def _verdict(search: AddressSearch, gap: Gap, is_placed: bool) -> str:
    if not gap.holds(search.size):
        if gap.end - gap.start >= search.size:
            missing = gap.first + search.size - gap.end
            return f"too small from its first aligned address, by {format_size(missing)}"
        return f"too small by {format_size(search.size - (gap.end - gap.start))}"
    left = _left(search)
    if search.size > left:
        return f"large enough, but no more than {format_size(left)} may be plugged"
    return "not needed" if is_placed and not search.wanted else "would hold it"
