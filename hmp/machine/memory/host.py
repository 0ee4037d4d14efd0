"""What the host has, from /proc and /sys: available memory, pools of huge pages, hugetlbfs mounts,
NUMA nodes, CPUs. What can't be read counts as absent.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from hmp.errors import HostCallError
from hmp.machine.system_calls import read_file
from hmp.units import KIB

POOLS, CGROUPS = Path("/sys/kernel/mm/hugepages"), Path("/sys/fs/cgroup")


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


class HostCpu(NamedTuple):
    """The host's CPUs: vendor and bits of a physical address, empty and 0 where unknown."""

    vendor: str
    phys_bits: int


def host_cpu() -> HostCpu:
    """Return what the host's CPUs are."""
    try:
        text = _read("/proc/cpuinfo")
    except HostCallError:
        return HostCpu("", 0)
    vendor = re.search(r"^vendor_id\s*: (\w+)", text, re.MULTILINE)
    bits = re.search(r"^address sizes\s*: (\d+) bits physical", text, re.MULTILINE)
    return HostCpu(vendor[1] if vendor else "", int(bits[1]) if bits else 0)


def memory_nodes() -> list[int]:
    """Return the numbers of the host's NUMA nodes that have memory."""
    from hmp.grammar.numbers import parse_range_list

    try:
        return parse_range_list(Path("/sys/devices/system/node/has_memory").read_text().strip())
    except (OSError, ValueError):
        # A kernel without NUMA has no such file.
        return [0]


def available_memory() -> int:
    """Return the bytes that this process can take before the kernel kills one: what the host has
    without swapping, as it estimates itself, or less where a control group has a limit. 0 where
    that can't be read.
    """
    try:
        found = re.search(r"^MemAvailable: *(\d+)", _read("/proc/meminfo"), re.MULTILINE)
    except HostCallError:
        return 0
    return min([int(found[1]) * KIB if found else 0, *_cgroup_available()])


def _cgroup_available() -> list[int]:
    """Return what each memory control group of this process has left, in bytes."""
    try:
        lines = _read("/proc/self/cgroup").splitlines()
    except HostCallError:
        return []
    found = []
    for line in lines:
        _number, controllers, path = line.split(":", 2)
        if controllers == "memory":
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            found += _left_in_groups(CGROUPS / "memory", path, names)
        elif not controllers:
            names = ("memory.max", "memory.current", "inactive_file")
            found += _left_in_groups(CGROUPS, path, names)
    return found


def _left_in_groups(root: Path, path: str, names: tuple[str, str, str]) -> list[int]:
    """Return what a group and those above it have left; `names` are those of its limit, its usage
    and, in memory.stat, of the file pages that the kernel drops first.
    """
    limit_name, usage_name, cache_name = names
    found = []
    group = root / path.lstrip("/")
    for directory in (group, *group.parents):
        with suppress(HostCallError, ValueError):
            limit = int(_read(str(directory / limit_name)))
            usage = int(_read(str(directory / usage_name)))
            stat = dict(line.split() for line in _read(str(directory / "memory.stat")).splitlines())
            found.append(max(limit - usage + int(stat.get(cache_name, 0)), 0))
        if directory == root:
            break
    return found


def _read(path: str) -> str:
    return read_file(path).decode("latin-1")
