"""Which memory of a process is resident, from /proc/PID/smaps; sizes in bytes.

A process is named by its folder of /proc: `self` is this one, and an empty name one that can't be
looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from hmp.units import KIB, PAGE_SIZE

ENTRY_BYTES = 8
# For bytes.translate: a page map has an entry for every 4 KiB, too many for a Python loop.
HIGHEST_BIT = bytes(byte >> 7 for byte in range(256))


class Vma(NamedTuple):
    """A virtual memory area from `start` up to `end`: what is mapped, bytes resident (huge pages
    included), page size.
    """

    start: int
    end: int
    name: str
    resident: int
    page_size: int


class Residency(NamedTuple):
    """What backs a range of addresses: bytes resident, page size, names of what is mapped."""

    resident: int
    page_size: int
    names: tuple[str, ...]


def read_smaps(process: str = "self") -> list[Vma]:
    """Return every area of a process; none where the kernel does not list them."""
    try:
        with open(f"/proc/{process}/smaps", encoding="utf-8", errors="surrogateescape") as lines:
            return list(_read(lines))
    except OSError:
        return []


def _read(lines: Iterable[str]) -> Iterable[Vma]:
    present: Vma | None = None
    for line in lines:
        first, _blank, rest = line.partition(" ")
        if not first.endswith(":"):
            if present:
                yield present
            start, _dash, end = first.partition("-")
            fields = line.split(maxsplit=5)
            present = Vma(
                int(start, 16),
                int(end, 16),
                fields[5].rstrip("\n") if len(fields) > 5 else "",
                0,
                PAGE_SIZE,
            )
        # Rss leaves out the pages of hugetlbfs.
        elif present and first in ("Rss:", "Shared_Hugetlb:", "Private_Hugetlb:"):
            present = present._replace(resident=present.resident + int(rest.split()[0]) * KIB)
        elif present and first == "KernelPageSize:":
            present = present._replace(page_size=int(rest.split()[0]) * KIB)
    if present:
        yield present


def residency(address: int, length: int, known: list[Vma], process: str = "self") -> Residency:
    """Return what backs `length` bytes at a host address, given the result of `read_smaps`.

    The kernel joins adjacent mappings that are alike into one area; then the page map is read.
    """
    end = address + length
    inside = [area for area in known if area.start < end and address < area.end]
    resident = 0
    for area in inside:
        is_inside = address <= area.start and area.end <= end
        # An area that reaches beyond the range does not tell what of the range is resident.
        known_whole = is_inside or not area.resident
        resident += (
            area.resident
            if known_whole
            else _present(max(area.start, address), min(area.end, end), process)
        )
    names = dict.fromkeys(area.name for area in inside if area.name)
    return Residency(
        resident, max((area.page_size for area in inside), default=PAGE_SIZE), tuple(names)
    )


def _present(start: int, end: int, process: str) -> int:
    """Return the resident bytes of a range by the page map; 0 where it can't be read."""
    first, count = start // PAGE_SIZE, (end - start) // PAGE_SIZE
    try:
        with open(f"/proc/{process}/pagemap", "rb") as pages:
            entries = os.pread(pages.fileno(), count * ENTRY_BYTES, first * ENTRY_BYTES)
    except OSError:
        return 0
    # The highest bit of an entry of 8 bytes: the page is present.
    return PAGE_SIZE * entries[ENTRY_BYTES - 1 :: ENTRY_BYTES].translate(HIGHEST_BIT).count(1)


class ProcessMemory(NamedTuple):
    """Bytes of a process that are resident: in ordinary pages, and in huge ones."""

    resident: int
    huge: int


def process_memory(process: str = "self") -> ProcessMemory:
    """Return the resident memory of a process; zeros where the kernel does not list it."""
    found = {"VmRSS:": 0, "HugetlbPages:": 0}
    try:
        with open(f"/proc/{process}/status", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                name, _tab, value = line.partition("\t")
                if name in found:
                    found[name] = int(value.split()[0]) * KIB
    except OSError:
        pass
    return ProcessMemory(*found.values())
