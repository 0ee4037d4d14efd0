"""What the host has: mounted hugetlbfs, pools of huge pages, NUMA nodes, read from /proc and /sys.

Nothing is mapped or changed here.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

POOLS = Path("/sys/kernel/mm/hugepages")


class Pool(NamedTuple):
    """The host's pool of huge pages of one size: bytes of a page, pages in all, and those nobody
    has or is promised.
    """

    page_size: int
    total: int
    free: int


class Mount(NamedTuple):
    """A mounted hugetlbfs: where, bytes of a page, and free pages of its pool."""

    path: str
    page_size: int
    free: int


def pools() -> list[Pool]:
    """The pools of huge pages, the smallest pages first."""
    found = []
    for folder in POOLS.glob("hugepages-*kB") if POOLS.is_dir() else ():
        with suppress(OSError, ValueError):
            free = int((folder / "free_hugepages").read_text()) - int(
                (folder / "resv_hugepages").read_text()
            )
            size = int(folder.name[len("hugepages-") : -len("kB")]) << 10
            found.append(Pool(size, int((folder / "nr_hugepages").read_text()), max(free, 0)))
    return sorted(found)


def hugetlbfs_mounts() -> list[Mount]:
    """The mounted hugetlbfs."""
    try:
        lines = Path("/proc/self/mounts").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
    mounted = [line.split()[1] for line in lines if line.split()[2:3] == ["hugetlbfs"]]
    free = {pool.page_size: pool.free for pool in pools()} if mounted else {}
    found = []
    for path in mounted:
        with suppress(OSError):
            plain = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), path)
            page_size = os.statvfs(plain).f_bsize
            found.append(Mount(plain, page_size, free.get(page_size, 0)))
    return found


def memory_nodes() -> list[int]:
    """The NUMA nodes of the host that have memory."""
    from hmp.grammar.numbers import parse_range_list

    try:
        return parse_range_list(Path("/sys/devices/system/node/has_memory").read_text().strip())
    except (OSError, ValueError):
        return [0]
