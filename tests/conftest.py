"""Fixtures that several test modules need."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from tests.support import start_machine, start_monitor

if TYPE_CHECKING:
    from tests.keyboard import Keyboard

pytest_plugins = ["pytester"]
# A busy host must not make a test fail.
settings.register_profile("hmp", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hmp")


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A running machine with 1 GiB of RAM, four slots and maxmem of 8 GiB."""
    with start_machine() as machine:
        yield machine


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    """A monitor on such a machine."""
    with start_monitor() as monitor:
        yield monitor


@pytest.fixture
def terminal() -> Iterator[Keyboard]:
    """A console on such a machine, at a keyboard."""
    from tests.keyboard import keyboard

    with keyboard() as terminal:
        yield terminal


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
