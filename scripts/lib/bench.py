"""The bench: the same work on hmp and on QEMU, alternately, and the ratio of the medians.

Nothing is asserted; the goals are printed beside the figures.
"""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from scripts.lib import HMP, QEMU
from scripts.lib.bench_console import bench_console
from scripts.lib.bench_sockets import bench_sockets

PLUGS = 250
SAVED = os.path.join(tempfile.gettempdir(), "hmp-bench-pmemsave")


class Work(NamedTuple):
    """One line of the table: arguments, input and how often to run it."""

    name: str
    arguments: str
    script: str
    runs: int
    bar: str
    shows_memory: bool = False


def plug_script() -> str:
    """500 commands that plug 250 DIMMs."""
    pairs = (
        f"object_add memory-backend-ram,id=m{i},size=2M\ndevice_add pc-dimm,id=d{i},memdev=m{i}\n"
        for i in range(PLUGS)
    )
    return "".join(pairs) + "quit\n"


def virtio_script() -> str:
    """30 virtio-mem devices, and a look at all of them after each."""
    parts = (
        f"object_add memory-backend-ram,id=m{i},size=64M\ndevice_add "
        f"virtio-mem-pci,id=v{i},memdev=m{i}\n"
        "info memory-devices\n"
        for i in range(30)
    )
    return "".join(parts) + "quit\n"


WORKS = (
    Work(
        "start, one command, quit (pipe)",
        "-m 1G,slots=4,maxmem=8G -S",
        "info status\nquit\n",
        20,
        "<= 1.25, aim < 1",
    ),
    Work(
        "one object_add, quit",
        "-m 1G,slots=4,maxmem=8G -S",
        "object_add memory-backend-ram,id=m,size=2M\nquit\n",
        10,
        "pyparsing is imported once",
    ),
    Work(
        "500 commands, 250 DIMMs",
        "-m 1G,slots=256,maxmem=8G -S",
        plug_script(),
        5,
        "<= 0.30",
        shows_memory=True,
    ),
    Work(
        "prealloc of 4 GiB, 2 threads",
        "-m 64 -S",
        "object_add memory-backend-ram,id=m,size=4G,prealloc=on,prealloc-threads=2\nquit\n",
        9,
        "<= 1.1",
    ),
    Work(
        "pmemsave of 1 GiB",
        "-m 64,slots=1,maxmem=4G -S",
        "object_add memory-backend-ram,id=m,size=1G,prealloc=on\ndevice_add pc-dimm,memdev=m\n"
        f'pmemsave 0x100000000 0x40000000 "{SAVED}"\nquit\n',
        5,
        "<= 0.7",
    ),
    Work(
        "30 virtio-mem plugged and looked at",
        "-m 64,maxmem=8G -S -nodefaults",
        virtio_script(),
        5,
        "<= 1",
    ),
)


def run(program: str, work: Work) -> tuple[float, int]:
    """Seconds and peak resident KiB of one run."""
    words = [*shlex.split(program), *shlex.split(work.arguments), "-monitor", "stdio"]
    start = time.perf_counter()
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert process.stdin
    process.stdin.write(work.script.encode())
    process.stdin.close()
    _pid, _status, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    seconds = time.perf_counter() - start
    Path(SAVED).unlink(missing_ok=True)
    return seconds, usage.ru_maxrss


def main() -> None:
    """Print the table."""
    print(f"{'work':34} {'hmp':>10} {'QEMU':>10} {'ratio':>7}  bar")
    for work in WORKS:
        measured: dict[str, list[tuple[float, int]]] = {HMP: [], QEMU: []}
        for turn in range(work.runs):
            # The first to touch memory may pay for the host fetching it: they alternate.
            for program in sorted(measured, reverse=bool(turn % 2)):
                measured[program].append(run(program, work))
        ours, theirs = (
            statistics.median(seconds for seconds, _ in measured[each]) for each in (HMP, QEMU)
        )
        print(f"{work.name:34} {ours:9.3f}s {theirs:9.3f}s {ours / theirs:7.2f}  {work.bar}")
        if work.shows_memory:
            peak, other = (max(kib for _, kib in measured[each]) for each in (HMP, QEMU))
            print(
                f"{'  its peak memory':34} {peak:7d}KiB {other:7d}KiB {peak / other:7.2f}  <= 0.5"
            )
    bench_sockets(QEMU)
    bench_console()


if __name__ == "__main__":
    main()
