"""Many clients at once: each plugs and unplugs on a machine of its own, in one process that serves
them all.

`python stress.py [MACHINES] [SECONDS]`; it counts replies and events, and looks at the memory of
the server.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from qemu.qmp import QMPClient

from scripts.lib import HMP

ARGUMENTS = ["-m", "256M,slots=4,maxmem=8G"]


class Count(NamedTuple):
    """What one client saw."""

    rounds: int
    deleted: int


async def plug_and_unplug(path: str, end: float) -> Count:
    """Plug and unplug until `end`; any error reply ends the run."""
    client = QMPClient(path)
    await client.connect(path)
    rounds = deleted = 0
    with client.listener("DEVICE_DELETED") as events:
        while time.monotonic() < end:
            await client.execute(
                "object-add", {"qom-type": "memory-backend-ram", "id": "m", "size": 128 << 20}
            )
            await client.execute("device_add", {"driver": "pc-dimm", "id": "d", "memdev": "m"})
            await client.execute("device_del", {"id": "d"})
            await asyncio.wait_for(events.get(), 30)
            deleted += 1
            await client.execute("object-del", {"id": "m"})
            rounds += 1
    await client.disconnect()
    return Count(rounds, deleted)


def resident(pid: int) -> int:
    """Resident KiB of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


async def drive(folder: str, machines: int, seconds: float, pid: int) -> None:
    """Run all clients, and print what came of it."""
    paths = [os.path.join(folder, f"{number}.qmp") for number in range(machines)]
    marks: list[int] = []

    async def watch() -> None:
        while True:
            await asyncio.sleep(seconds / 5)
            marks.append(resident(pid))

    watching = asyncio.create_task(watch())
    end = time.monotonic() + seconds
    counts = await asyncio.gather(*(plug_and_unplug(path, end) for path in paths))
    watching.cancel()
    rounds, deleted = sum(count.rounds for count in counts), sum(count.deleted for count in counts)
    print(
        f"{machines} clients, {seconds:g} s: {rounds} rounds of 4 commands without an error, "
        f"{deleted} events "
        f"DEVICE_DELETED, fewest rounds of a client {min(count.rounds for count in counts)}"
    )
    print(f"server's memory in KiB, five times: {marks}")
    assert rounds == deleted


def main() -> None:
    """Start the fleet and let clients loose on it."""
    machines = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory(prefix="hmp") as folder:
        fleet = subprocess.Popen(
            [HMP, "--fleet", str(machines), folder, *ARGUMENTS],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert fleet.stdout
        fleet.stdout.readline()
        try:
            asyncio.run(drive(folder, machines, seconds, fleet.pid))
        finally:
            fleet.terminate()
            fleet.communicate()


if __name__ == "__main__":
    main()
