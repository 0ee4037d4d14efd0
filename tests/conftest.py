"""Fixtures that several test modules need."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def huge(tmp_path: Path) -> Iterator[Path]:
    """A hugetlbfs of our own with a pool of 2 MiB pages; skipped where that may not be made."""
    pool = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
    if os.geteuid() != 0 or not pool.exists():
        pytest.skip("making a hugetlbfs pool needs root and a kernel with 2 MiB pages")
    before = pool.read_text()
    pool.write_text(str(int(before) + 8))
    if int(pool.read_text()) < int(before) + 8:
        pytest.skip("the host has no 2 MiB pages to give")
    if subprocess.run(
        ["mount", "-t", "hugetlbfs", "-o", "pagesize=2M", "none", str(tmp_path)]
    ).returncode:
        pool.write_text(before)
        pytest.skip("this host does not let us mount hugetlbfs")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
        pool.write_text(before)
