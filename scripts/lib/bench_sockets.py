"""The bench over sockets: QMP round trips, plugging and looking at 250 DIMMs, starting up, on hmp
and on QEMU.

Both run the same requests, alternately; the figures are medians. A thousand machines are measured
on hmp alone, beside one machine of QEMU.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.lib import HMP

ARGUMENTS = ["-S", "-nodefaults", "-m", "1G,slots=256,maxmem=100G"]
PLUGS, LAST, RUNS, ROUND_TRIPS, LOOKS, MACHINES = 250, 25, 5, 1000, 50, 1000
DIMM = 2 << 20


class Client:
    """A program with a QMP socket, and the fastest client that a script can be."""

    def __init__(self, program: str) -> None:
        self.folder = tempfile.mkdtemp(prefix="hmp")
        path = os.path.join(self.folder, "qmp")
        begin = time.perf_counter()
        self.process = subprocess.Popen(
            [program, *ARGUMENTS, "-qmp", f"unix:{path},server=on,wait=off"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.socket = _connected(path)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.to_greeting = time.perf_counter() - begin
        self.run("qmp_capabilities")

    def run(self, command: str, **arguments: Any) -> None:
        """A command and its reply, events thrown away."""
        request = {
            "execute": command,
            "arguments": {key.replace("_", "-"): item for key, item in arguments.items()},
        }
        self.socket.sendall(json.dumps(request).encode())
        while True:
            line = self.file.readline()
            if b'"event": ' not in line:
                break
        assert b'"error"' not in line, line

    def plug(self, first: int, last: int) -> None:
        """Plug DIMMs, each with a backend of its own."""
        for number in range(first, last):
            self.run("object-add", qom_type="memory-backend-ram", id=f"m{number}", size=DIMM)
            self.run("device_add", driver="pc-dimm", id=f"d{number}", memdev=f"m{number}")

    def close(self) -> None:
        """End it."""
        self.file.close()
        self.socket.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


def _connected(path: str) -> socket.socket:
    while True:
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(path)
            return client
        except OSError:
            client.close()
            time.sleep(0.0005)


def _timed(action: Callable[[], None], times: int = 1) -> float:
    begin = time.perf_counter()
    for _time in range(times):
        action()
    return (time.perf_counter() - begin) / times


def measure(program: str) -> dict[str, float]:
    """Seconds of each work, once."""
    client = Client(program)
    found = {"start-up to the greeting": client.to_greeting}
    found["QMP round trip"] = _timed(lambda: client.run("query-status"), ROUND_TRIPS)
    client.plug(0, PLUGS - LAST)
    found["plug a DIMM, at 250"] = _timed(lambda: client.plug(PLUGS - LAST, PLUGS)) / LAST
    found["query-memory-devices, 250 DIMMs"] = _timed(
        lambda: client.run("query-memory-devices"), LOOKS
    )
    found["info memory-devices, 250 DIMMs"] = _timed(
        lambda: client.run("human-monitor-command", command_line="info memory-devices"), LOOKS
    )
    client.close()
    return found


BARS = {
    "plug a DIMM, at 250": "<= 0.1",
    "info memory-devices, 250 DIMMs": "<= 0.2",
    "QMP round trip": "<= 0.6",
    "query-memory-devices, 250 DIMMs": "<= 0.15",
    "start-up to the greeting": "<= 4, aim 3",
}


def bench_sockets(qemu: str) -> None:
    """Print the table of works over sockets."""
    runs: dict[str, list[dict[str, float]]] = {HMP: [], qemu: []}
    for turn in range(RUNS):
        for program in sorted(runs, reverse=bool(turn % 2)):
            runs[program].append(measure(program))
    for work in runs[HMP][0]:
        ours, theirs = (
            statistics.median(run[work] for run in runs[program]) for program in (HMP, qemu)
        )
        print(
            f"{work:34} {ours * 1000:8.3f}ms {theirs * 1000:8.3f}ms {ours / theirs:7.2f}  "
            f"{BARS.get(work, '')}"
        )
    _thousand_machines(qemu)


def _thousand_machines(qemu: str) -> None:
    client = Client(qemu)
    theirs, seconds = _resident(client.process.pid), client.to_greeting
    client.close()
    folder = tempfile.mkdtemp(prefix="hmp")
    begin = time.perf_counter()
    fleet = subprocess.Popen(
        [HMP, "--fleet", str(MACHINES), folder, *ARGUMENTS],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    assert fleet.stdout
    fleet.stdout.readline()
    started = time.perf_counter() - begin
    ours, threads = _resident(fleet.pid), len(os.listdir(f"/proc/{fleet.pid}/task"))
    fleet.terminate()
    fleet.communicate()
    shutil.rmtree(folder)
    print(
        f"{MACHINES} machines in one process: {started:.2f} s, {ours >> 10} MiB resident in all, "
        f"{threads} thread; "
        f"one of QEMU: {seconds:.2f} s, {theirs >> 10} MiB"
    )


def _resident(pid: int) -> int:
    """Resident KiB of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0
