"""The bench of the console: start to the first prompt, beside importing prompt_toolkit; a keystroke
with 256 DIMMs.

The keystroke is measured on a terminal, from the key to the menu that it brings; its completion is
measured alone too.
"""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

import pexpect

from scripts.lib import HMP

RUNS, KEYS, DIMMS = 15, 20, 256
LINES = (
    "ob",
    "device_del ",
    "device_del d2",
    "object_del ",
    "qom-get ",
    "qom-get /objects/",
    "device_add pc-dimm,",
    "device_add pc-dimm,memdev=",
    "device_add pc-dimm,memdev=m1,addr=",
    "object_add memory-backend-ram,size=",
    "object_add memory-backend-file,mem-path=/usr/bin/",
)


def bench_console() -> None:
    """Print the rows."""
    starts, imports = [], []
    for _turn in range(RUNS):
        starts.append(_to_first_prompt())
        imports.append(_import())
    ours, theirs = statistics.median(starts), statistics.median(imports)
    print(
        f"{'console to its first prompt':34} {ours:9.3f}s {theirs:9.3f}s {ours / theirs:7.2f}  "
        "<= 1.3 (beside: import prompt_toolkit)"
    )
    worst, line = max(_completions())
    print(
        f"{'completion, 256 DIMMs, slowest':34} {worst * 1000:8.1f}ms {'':10} {'':7}  <= 10 ms "
        f"({line!r})"
    )
    print(f"{'key to menu on a terminal':34} {_key_to_menu() * 1000:8.1f}ms")


def _console(arguments: str = "-m 1G,slots=4,maxmem=8G", rows: int = 40) -> pexpect.spawn:
    folder = tempfile.gettempdir()
    usual = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    child = pexpect.spawn(
        HMP,
        shlex.split(arguments),
        encoding="utf-8",
        dimensions=(rows, 120),
        timeout=60,
        env={
            **usual,
            "TERM": "xterm-256color",
            "XDG_STATE_HOME": folder,
            "XDG_CONFIG_HOME": folder,
            "HMP_HISTORY": "off",
        },
    )
    child.delaybeforesend = None
    return child


def _to_first_prompt() -> float:
    begin = time.perf_counter()
    child = _console()
    child.expect_exact("(qemu)")
    seconds = time.perf_counter() - begin
    child.close(force=True)
    return seconds


def _import() -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import prompt_toolkit"], check=True)
    return time.perf_counter() - begin


def _many_dimms() -> list[str]:
    """The command line of a machine with DIMMs in all its slots."""
    words = ["-m", "1G,slots=256,maxmem=80G"]
    for number in range(DIMMS):
        words += [
            "-object",
            f"memory-backend-ram,id=m{number},size=128M",
            "-device",
            f"pc-dimm,id=dimm{number},memdev=m{number}",
        ]
    return words


def _completions() -> list[tuple[float, str]]:
    """The fastest of a few completions of each line, with 256 DIMMs plugged."""
    from hmp.assist.completion.completions import completions
    from hmp.cmdline.build import build_machine
    from hmp.cmdline.parser import parse_command_line
    from hmp.console.line import CONSOLE_COMMANDS, parse_console_line

    machine = build_machine(parse_command_line(_many_dimms(), lambda *lines: None))
    found = []
    for line in LINES:
        times = []
        for _turn in range(5):
            begin = time.perf_counter()
            parse_console_line.cache_clear()
            completions(machine, CONSOLE_COMMANDS, parse_console_line(line).parsed, len(line))
            times.append(time.perf_counter() - begin)
        found.append((min(times), line))
    machine.close()
    return found


def _key_to_menu() -> float:
    """The median time from Tab to the menu of 256 devices."""
    child = _console(shlex.join(_many_dimms()))
    child.expect_exact("(qemu)")
    time.sleep(1)
    child.send("\x1b[3;1R")  # Where the cursor is, in answer to the question.
    times = []
    for _turn in range(KEYS):
        child.send("device_del ")
        time.sleep(0.2)
        child.read_nonblocking(1 << 20)
        begin = time.perf_counter()
        child.send("\t")
        child.expect_exact("dimm0")
        times.append(time.perf_counter() - begin)
        child.send("\x03")
        child.expect_exact("(qemu)")
        time.sleep(0.1)
    child.close(force=True)
    return statistics.median(times)


if __name__ == "__main__":
    bench_console()
