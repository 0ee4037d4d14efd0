"""The program in a pipe: transcript, comments, exit status, and what it must not import."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import PROGRAM, ROOT, run

SIZE = ("-m", "1G,slots=3,maxmem=4G")
PLUG = "object_add memory-backend-ram,id=mem1,size=1G\ndevice_add pc-dimm,id=dimm1,memdev=mem1\n"
BANNER = "QEMU 11.1.3 monitor - type 'help' for more information\n"


def test_the_readme_session() -> None:
    done = run(
        PLUG + "info memory-devices\nobject_del mem1\ndevice_del dimm1\nobject_del mem1\n", *SIZE
    )
    assert done.stdout == BANNER + (
        "(qemu) object_add memory-backend-ram,id=mem1,size=1G\n"
        "(qemu) device_add pc-dimm,id=dimm1,memdev=mem1\n"
        "(qemu) info memory-devices\n"
        'Memory device [dimm]: "dimm1"\n  addr: 0x100000000\n  slot: 0\n  node: 0\n  size: '
        "1073741824\n"
        "  memdev: /objects/mem1\n  hotplugged: true\n  hotpluggable: true\n"
        "(qemu) object_del mem1\n"
        "Error: Cannot delete host memory backend 'mem1' which is mapped\n"
        "(qemu) device_del dimm1\n"
        "(qemu) object_del mem1\n"
        "(qemu) \n"
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_comments_blank_lines_and_a_last_line_without_newline() -> None:
    done = run("# a comment\n\n   # another\ninfo status", "-S")
    assert done.stdout == BANNER + "(qemu) info status\nVM status: paused (prelaunch)\n(qemu) \n"
    assert done.returncode == 0


def test_from_a_file(tmp_path: Path) -> None:
    script = tmp_path / "plug.hmp"
    script.write_text("#!/usr/bin/env hmp\n" + PLUG + "quit\nfoo\n")
    with script.open() as lines:
        done = subprocess.run(
            [*PROGRAM, *SIZE], stdin=lines, capture_output=True, text=True, cwd=ROOT
        )
    assert done.returncode == 0
    assert done.stdout.endswith("(qemu) quit\n")


def test_exit_on_error_names_the_line() -> None:
    done = run("info status\n# comment\nnonsense\ninfo name\n", "--exit-on-error")
    assert done.returncode == 1
    assert done.stderr.endswith(": line 3: the command failed\n")
    assert "info name" not in done.stdout


def test_lines_are_answered_as_they_come() -> None:
    with subprocess.Popen(
        PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write("info status\n")
        process.stdin.flush()
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines[2] == "VM status: running\n"
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 0


def test_a_bad_command_line() -> None:
    done = run("", "-bogus")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(": -bogus: invalid option\n")


def test_sizes_of_the_memory_hotplug_manual() -> None:
    done = run("info memory_size_summary\n", "-m", "6GB,slots=4,maxmem=10G")
    assert "base memory: 6442450944\n" in done.stdout


def test_version_and_help() -> None:
    assert run("", "-version").stdout.startswith("QEMU emulator version 11.1.3 (hmp ")
    assert "usage: hmp [options]" in run("", "-help").stdout


HEAVY = "sorted({'prompt_toolkit', 'asyncio', 'pyparsing'} & set(sys.modules))"


@pytest.mark.parametrize(
    ("script", "heavy"), [("info status\nstop\n", "[]\n"), (PLUG, "['pyparsing']\n")]
)
def test_imports_of_a_script(script: str, heavy: str) -> None:
    """pyparsing comes with the first line that has arguments."""
    code = (
        "import sys; sys.argv=['hmp','-m','1G,slots=1,maxmem=2G']; from hmp.cli import main; "
        f"main(); print({HEAVY})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=script, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.endswith(heavy)


def test_qmp_needs_no_parser_of_lines() -> None:
    code = (
        "import sys; from hmp.testing import machine\n"
        "with machine('-m 1G,slots=1,maxmem=2G') as double:\n"
        "    double.qmp('object-add', {'qom-type': 'memory-backend-ram', 'id': 'm', 'size': 2 << "
        "20})\n"
        "    double.qmp('device_add', {'driver': 'pc-dimm', 'id': 'd', 'memdev': 'm'})\n"
        "    double.qmp('query-memory-devices'); double.qmp('query-qmp-schema')\n"
        "    print('pyparsing' in sys.modules)\n"
        "    double.qmp('human-monitor-command', {'command-line': 'device_del d'})\n"
        "    print('pyparsing' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.stdout, done.stderr) == ("False\nTrue\n", "")


@pytest.mark.parametrize(
    ("monitor", "banner"),
    [
        ("-monitor stdio", BANNER),
        ("-chardev stdio,id=c -object monitor-hmp,id=m,chardev=c", BANNER),
        ("-nodefaults", ""),
    ],
)
def test_banner_before_a_late_error(monitor: str, banner: str) -> None:
    """A monitor that was asked for greets, without a prompt, before a device fails."""
    done = run("", "-device", "pc-dimm", *monitor.split())
    assert (done.returncode, done.stdout) == (1, banner)


def test_due_timers_run_before_the_next_line() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "-m", "1G,slots=1,maxmem=4G", "--guest", "linux,latency=50ms"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    assert process.stdout.readline() == BANNER  # A busy host starts it slowly.
    for line in (
        "object_add memory-backend-ram,id=m,size=128M",
        "device_add pc-dimm,id=d,memdev=m",
        "device_del d",
        "info memory-devices",
    ):
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
        time.sleep(0.4)
    out, _errors = process.communicate("quit\n", timeout=20)
    assert "Memory device" not in out
    assert process.returncode == 0


def test_random_bytes_give_no_traceback() -> None:
    import random

    chance = random.Random(7)
    lines = (bytes(chance.choices(range(256), k=chance.randrange(40))) for _ in range(20_000))
    data = b"".join(line + b"\n" for line in lines if b"q" not in line)
    done = subprocess.run(PROGRAM, input=data, capture_output=True, cwd=ROOT, timeout=60)
    assert done.returncode == 1
    assert b"Traceback" not in done.stdout + done.stderr
    assert done.stdout.endswith(b"(qemu) \n")


def test_control_characters_on_a_terminal_are_shown(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    script = b"qom-list \x1b]0;x\x07\xc2\x85\ninfo name\nclear\nquit\n"
    done = subprocess.run(
        [*PROGRAM, "-S", "-name", "\x1b[31mredé"],
        input=script,
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    shown = b""
    while b"(qemu) quit" not in shown:
        shown += os.read(ours, 1 << 16)
    for descriptor in (ours, theirs):
        os.close(descriptor)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"(qemu) qom-list ^[]0;x^G\\x85\r\n" in shown
    assert b"info name\r\n^[[31mred\xc3\xa9\r\n" in shown
    # What `clear` prints is what it does.
    assert b"(qemu) clear\r\n\x1b[" in shown
