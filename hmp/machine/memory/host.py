"""The host's hugetlbfs mounts, pools of huge pages and NUMA nodes, from /proc and /sys."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from hmp.units import KIB

POOLS = Path("/sys/kernel/mm/hugepages")


class HugePagePool(NamedTuple):
    """The host's pool of huge pages of one size: bytes of a page, number of pages, and number of
    those that are neither used nor reserved.
    """

    page_size: int
    total: int
    free: int


class HugetlbfsMount(NamedTuple):
    """A mounted hugetlbfs: its path, bytes of a page, and number of free pages of its pool."""

    path: str
    page_size: int
    free: int


def huge_page_pools() -> list[HugePagePool]:
    """Return the pools of huge pages, the smallest pages first."""
    found = []
    for directory in POOLS.glob("hugepages-*kB") if POOLS.is_dir() else ():
        with suppress(OSError, ValueError):
            # The kernel counts reserved pages, which are promised to a mapping, as free.
            free = int((directory / "free_hugepages").read_text()) - int(
                (directory / "resv_hugepages").read_text()
            )
            size = int(directory.name[len("hugepages-") : -len("kB")]) * KIB
            found.append(
                HugePagePool(size, int((directory / "nr_hugepages").read_text()), max(free, 0))
            )
    return sorted(found)


def hugetlbfs_mounts() -> list[HugetlbfsMount]:
    """Return the mounted hugetlbfs."""
    try:
        lines = Path("/proc/self/mounts").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    mounted = [line.split()[1] for line in lines if line.split()[2:3] == ["hugetlbfs"]]
    free = {pool.page_size: pool.free for pool in huge_page_pools()} if mounted else {}
    found = []
    for path in mounted:
        with suppress(OSError):
            # The kernel writes a blank or a backslash in a path as octal escape: \040.
            plain = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), path)
            # The block size of a hugetlbfs is the size of its pages.
            page_size = os.statvfs(plain).f_bsize
            found.append(HugetlbfsMount(plain, page_size, free.get(page_size, 0)))
    return found


def memory_nodes() -> list[int]:
    """Return the numbers of the host's NUMA nodes that have memory."""
    from hmp.grammar.numbers import parse_range_list

    try:
        return parse_range_list(Path("/sys/devices/system/node/has_memory").read_text().strip())
    except (OSError, ValueError):
        # A kernel without NUMA has no such file.
        return [0]
