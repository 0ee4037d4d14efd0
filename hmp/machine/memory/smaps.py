"""What of this process's memory is really there: its mappings as the kernel counts them in
/proc/self/smaps.

Nothing is mapped here; sizes are in bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

KIB, PAGE, ENTRY = 1 << 10, 4096, 8
HIGHEST_BIT = bytes(octet >> 7 for octet in range(256))


class Area(NamedTuple):
    """One area of the address space: where, what is behind it, bytes resident (huge pages
    included), page size.
    """

    start: int
    end: int
    name: str
    resident: int
    page_size: int


class Residency(NamedTuple):
    """What is behind a range of addresses: bytes resident, the page size, and the names of what is
    mapped.
    """

    resident: int
    page_size: int
    names: tuple[str, ...]


def areas() -> list[Area]:
    """Every area of this process; empty where the kernel does not tell."""
    try:
        with open("/proc/self/smaps", encoding="utf-8", errors="surrogateescape") as lines:
            return list(_read(lines))
    except OSError:
        return []


def _read(lines: Iterable[str]) -> Iterable[Area]:
    present: Area | None = None
    for line in lines:
        first, _blank, rest = line.partition(" ")
        if not first.endswith(":"):
            if present:
                yield present
            start, _dash, end = first.partition("-")
            fields = line.split(maxsplit=5)
            present = Area(
                int(start, 16),
                int(end, 16),
                fields[5].rstrip("\n") if len(fields) > 5 else "",
                0,
                PAGE,
            )
        elif present and first in ("Rss:", "Shared_Hugetlb:", "Private_Hugetlb:"):
            present = present._replace(resident=present.resident + int(rest.split()[0]) * KIB)
        elif present and first == "KernelPageSize:":
            present = present._replace(page_size=int(rest.split()[0]) * KIB)
    if present:
        yield present


def residency(address: int, length: int, known: list[Area]) -> Residency:
    """What is behind a range, out of `areas()`.

    The kernel joins neighbouring mappings that are alike into one area; the page map tells whose
    pages are whose.
    """
    end = address + length
    inside = [area for area in known if area.start < end and address < area.end]
    resident = 0
    for area in inside:
        is_inside = address <= area.start and area.end <= end
        known_whole = is_inside or not area.resident
        resident += (
            area.resident if known_whole else _present(max(area.start, address), min(area.end, end))
        )
    names = dict.fromkeys(area.name for area in inside if area.name)
    return Residency(resident, max((area.page_size for area in inside), default=PAGE), tuple(names))


def _present(start: int, end: int) -> int:
    """Bytes of a range that are resident, by the page map; 0 where the kernel does not tell."""
    first, count = start // PAGE, (end - start) // PAGE
    try:
        with open("/proc/self/pagemap", "rb") as pages:
            entries = os.pread(pages.fileno(), count * ENTRY, first * ENTRY)
    except OSError:
        return 0
    # The highest bit of an entry of 8 bytes tells that the page is there.
    return PAGE * entries[ENTRY - 1 :: ENTRY].translate(HIGHEST_BIT).count(1)


class Process(NamedTuple):
    """Bytes of this process that are resident: in ordinary pages, and in huge ones."""

    resident: int
    huge: int


def process_resident() -> Process:
    """What this process holds of the host, as the kernel counts it; zeros where it does not
    tell.
    """
    found = {"VmRSS:": 0, "HugetlbPages:": 0}
    try:
        with open("/proc/self/status", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                name, _tab, value = line.partition("\t")
                if name in found:
                    found[name] = int(value.split()[0]) * KIB
    except OSError:
        pass
    return Process(*found.values())
