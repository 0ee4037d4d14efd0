"""Helpers of the tests: machines in this process, and the program run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from hmp.cmdline.factory import create_machine
from hmp.encoding import to_latin1, to_unicode
from hmp.machine.chardevs import monitors
from hmp.machine.chardevs.addresses import SocketOptions, UnixAddress
from hmp.machine.chardevs.configs import ChardevConfig
from hmp.machine.chardevs.create import create_chardev
from hmp.machine.chardevs.monitors import MonitorObject
from hmp.machine.machine import Machine
from hmp.monitor import Monitor

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = [sys.executable, "-m", "hmp"]


class StderrCapture(list[str]):
    """Collects the lines that go to stderr."""

    def __call__(self, *lines: str) -> None:
        self.extend(lines)


@contextmanager
def start_machine(
    arguments: str = "-m 1G,slots=4,maxmem=8G", stderr: StderrCapture | None = None
) -> Iterator[Machine]:
    """Create a machine as the command line does; unmap it at the end."""
    sink = StderrCapture() if stderr is None else stderr
    built, runs = create_machine(arguments, sink)
    if runs:
        built.run_state.start()
        built.run_guest()
    try:
        yield built
    finally:
        built.close()


@contextmanager
def start_monitor(arguments: str = "-m 1G,slots=4,maxmem=8G") -> Iterator[Monitor]:
    """Create a monitor on a running machine."""
    with start_machine(arguments) as built:
        yield Monitor(built)


MONITOR = "-qmp unix:nowhere,reconnect-ms=1000"
"""The option of a monitor on a socket to which nothing listens, compat_monitor0."""


def add_monitor(machine: Machine, monitor: MonitorObject) -> None:
    """Add a monitor on a socket, of which only the machine knows, as compat_monitor0."""
    label = machine.chardevs.next_monitor_name()
    options = SocketOptions(UnixAddress("nowhere"), server=False, reconnect_ms=1000)
    create_chardev(machine, label, ChardevConfig("socket", options))
    monitor.chardev = label
    monitors.add_monitor(machine, label, monitor)


def run_lines(monitor: Monitor, *lines: str) -> str:
    """Run lines; return all replies."""
    replies = []
    for line in lines:
        replies.append(to_unicode(monitor.execute(to_latin1(line)).text))
        monitor.machine.run_guest()
    return "".join(replies)


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Pipe a script into the program."""
    return subprocess.run(
        [*PROGRAM, *arguments], input=script, capture_output=True, text=True, timeout=60, cwd=ROOT
    )


def backend_mappings() -> int:
    """Return the bytes mapped for backends: only they ask for huge or mergeable pages."""
    # What is mapped is read five times as fast as its flags.
    maps = Path("/proc/self/maps").read_bytes().splitlines()
    return _backend_bytes(tuple(line for line in maps if not line.endswith(b"[heap]")))


@lru_cache(maxsize=1)
def _backend_bytes(maps: tuple[bytes, ...]) -> int:
    # A mapping's flags are its last line.
    areas = Path("/proc/self/smaps").read_bytes().split(b"\nVmFlags:")
    found = 0
    for area, following in pairwise(areas):
        if {b"hg", b"mg"} & {*following.partition(b"\n")[0].split()}:
            found += int(area.rpartition(b"\nSize:")[2].split(maxsplit=1)[0])
    return found << 10


def descriptors() -> set[str]:
    """Return the open descriptors of this process."""
    return set(os.listdir("/proc/self/fd"))


def resident(address: int, size: int) -> int:
    """Return the resident bytes of a range of host memory, from the kernel's page map."""
    with open("/proc/self/pagemap", "rb") as pages:
        pages.seek(address // 4096 * 8)
        entries = pages.read(size // 4096 * 8)
    return sum(entries[at] >> 7 for at in range(7, len(entries), 8)) * 4096


def free_pages() -> int:
    """Return the number of 2 MiB pages of the pool that are neither used nor reserved."""
    text = Path("/proc/meminfo").read_text()
    values = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()}
    return values["HugePages_Free"] - values["HugePages_Rsvd"]
