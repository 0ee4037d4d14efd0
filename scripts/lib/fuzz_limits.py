"""Random scripts for the whole program, run with little memory, few descriptors or few threads.

A failure is an internal error, a traceback, an exit status other than 0 and 1, or a session that
hangs. The limit of threads is that of a control group of our own, where one can be made.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts.lib import HMP
from scripts.lib.generators.random_lines import RandomLines
from scripts.lib.generators.random_startup import good_machine

LINES, TIMEOUT_S = 30, 30
PIDS = Path("/sys/fs/cgroup/pids")
MIB = 1 << 20
EXTRA = (
    "object_add memory-backend-ram,id=p0,size=64M,prealloc=on,prealloc-threads=8",
    "object_add memory-backend-memfd,id=p1,size=64M,prealloc=on,prealloc-threads=8",
    "xp /9999xb 0",
    "sum 0 0x4000000",
    "info qom-tree",
    "cont",
    "guest touch 0x1000 16M",
)


def run(chance: random.Random) -> tuple[str, str]:
    """Run one session; return what it was, and how it failed, or an empty text."""
    limit, apply = _limit(chance)
    arguments = good_machine(chance)
    lines = RandomLines(chance, huge=False, narrow=False)
    script = [chance.choice(EXTRA) if chance.random() < 0.3 else lines.line() for _ in range(LINES)]
    with tempfile.TemporaryDirectory(prefix="hmp-limits") as folder:
        text = "\n".join(script).replace("@TMP@", folder).replace("@HUGE@", folder) + "\n"
        what = f"{limit}; {arguments}\n{text}"
        try:
            done = subprocess.run(
                ["sh", "-c", f"exec {HMP} {arguments}"],
                input=text.encode("utf-8", "surrogateescape"),
                capture_output=True,
                timeout=TIMEOUT_S,
                preexec_fn=apply,
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return what, "hangs"
    output = (done.stdout + done.stderr).decode("utf-8", "replace")
    bad = [line for line in output.splitlines() if "internal error" in line or "Traceback" in line]
    if done.returncode not in (0, 1):
        bad.append(f"exit status {done.returncode}")
    return what, "; ".join(bad)


def _limit(chance: random.Random) -> tuple[str, Callable[[], None]]:
    """Return a limit as text, and the function that sets it in the child process."""
    kind = chance.choice(("memory", "descriptors", "threads"))
    if kind == "memory":
        most = (1100 + chance.randrange(400)) * MIB
        return f"{most >> 20} MiB", lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))
    if kind == "descriptors":
        number = chance.randrange(5, 24)
        return f"{number} files", lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (number, number)
        )
    number = chance.randrange(1, 6)
    return f"{number} threads", lambda: _limit_threads(number)


def _limit_threads(number: int) -> None:
    group = PIDS / f"hmp-fuzz-{os.getpid()}"
    try:
        group.mkdir()
        (group / "pids.max").write_text(str(number))
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        pass


def remove_groups() -> None:
    """Remove the control groups that the sessions left."""
    for group in PIDS.glob("hmp-fuzz-*"):
        for _ in range(10):
            try:
                group.rmdir()
                break
            except OSError:
                time.sleep(0.05)
