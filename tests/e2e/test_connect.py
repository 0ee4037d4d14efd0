"""`hmp --connect`: scripts and a console in front of another hmp, by its sockets."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from scripts.lib.running_qemu import running_qemu
from tests.connect.reference import needs_reference
from tests.e2e.program import connected, free_port, program
from tests.e2e.terminal import usual_environment
from tests.support import ROOT, run

BANNER = "QEMU 11.1.3 monitor - type 'help' for more information\n"
Start = Callable[..., pexpect.spawn]


@pytest.fixture
def qmp(tmp_path: Path) -> Iterator[str]:
    """The target of a program that serves QMP."""
    path = tmp_path / "qmp"
    arguments = ("-name", "vm1", "-m", "1G,slots=4,maxmem=8G")
    with program(*arguments, "-qmp", f"unix:{path},server=on,wait=off"):
        connected(path).close()
        yield f"unix:{path}"


def script(lines: str, target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(lines, "--connect", target, *arguments)


def test_a_script_only_looks(qmp: str) -> None:
    done = script("info status\nstop\nprint 6*7\nnonsense\n", qmp)
    assert done.stdout == BANNER + (
        "(qemu) info status\nVM status: paused (prelaunch)\n"
        "(qemu) stop\nError: stop may change the machine, and this connection only looks "
        "(--write allows it)\n"
        "(qemu) print 6*7\n0x2a\n(qemu) nonsense\nunknown command: 'nonsense'\n(qemu) \n"
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_script_changes_the_machine_and_leaves_it(qmp: str) -> None:
    plug = "object_add memory-backend-ram,id=m,size=512M\ndevice_add pc-dimm,id=d,memdev=m\n"
    done = script(plug, qmp, "--write")
    assert (done.returncode, done.stderr) == (0, "")
    again = script(plug + "info memory_size_summary\n", qmp, "--write", "--exit-on-error")
    first = "object_add memory-backend-ram,id=m,size=512M"
    error = "Error: attempt to add duplicate property 'm' to object (type 'container')"
    assert again.stdout == f"{BANNER}(qemu) {first}\n{error}\n"
    assert again.stderr.endswith(": line 1: the command failed\n")
    found = script("info memory_size_summary\n", qmp)
    assert "plugged memory: 536870912\n" in found.stdout


def test_options_of_scripts(qmp: str, tmp_path: Path) -> None:
    done = script("", qmp, "--write", "-e", "cont", "-e", "wait RESUME", "-e", "info memdev")
    assert done.stdout.startswith(BANNER + "(qemu) cont\n(qemu) wait RESUME\nRESUME\n")
    assert done.returncode == 0
    values = script("", qmp, "--json", "-e", "info memdev", "-e", "stop").stdout.splitlines()
    memdev, refused = map(json.loads, values)
    # What the other side's QMP says, not what the shadow would.
    assert [item["id"] for item in memdev["value"]] == ["pc.ram"]
    assert (refused["ok"], "value" in refused) == (False, False)
    file = tmp_path / "look.hmp"
    file.write_text(f"#!/usr/bin/env -S hmp --connect {qmp}\ninfo name\nmap\n")
    look = run("", str(file), "--quiet", "--extras")
    assert look.stdout.startswith("vm1\nguest-physical memory")
    assert "free for devices: 7G" in look.stdout


def test_quit_ends_the_other_program(qmp: str) -> None:
    done = script("quit\ninfo status\n", qmp, "--write")
    assert (done.stdout, done.returncode) == (f"{BANNER}(qemu) quit\n", 0)
    gone = script("info status\n", qmp)
    assert (gone.stdout, gone.returncode) == ("", 1)
    assert gone.stderr.endswith((": No such file or directory\n", ": Connection refused\n"))


def test_what_aborts_an_upgraded_qemu_needs_force(qmp: str) -> None:
    lines = "info qdm\ndevice_add help\n"
    done = script(lines, qmp, "--write")
    assert done.stdout.count("was not sent: it makes QEMU load all of its modules") == 2
    forced = script(lines, qmp, "--write", "--force")
    assert 'name "pc-dimm"' in forced.stdout
    assert forced.returncode == 0


def test_tcp(tmp_path: Path) -> None:
    port = free_port()
    with program("-qmp", f"tcp:127.0.0.1:{port},server=on,wait=off"):
        connected(("127.0.0.1", port)).close()
        assert script("info name\n", f"tcp:localhost:{port}").returncode == 0


def test_a_second_client_is_told(qmp: str) -> None:
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(qmp.removeprefix("unix:"))
        assert first.recv(1000)
        done = script("info status\n", qmp)
    assert (done.stdout, done.returncode) == ("", 1)
    assert "no greeting in 5 s: another client has this monitor" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--connect", "nowhere"], "'nowhere' is no monitor to connect to: unix:PATH, tcp"),
        (["--connect", "tcp:host"], "'tcp:host' is no monitor to connect to: "),
        (["--connect", "unix:/none/x"], "unix:/none/x: No such file or directory"),
        (["--connect", "unix:x", "-m", "1G"], "-m 1G: -connect shows the machine of a running"),
        (["--write"], "--write: only with -connect"),
        (["--connect", "unix:x", "--play", "plug"], "--play plug: -connect shows the machine"),
    ],
)
def test_a_wrong_command_line(arguments: list[str], message: str) -> None:
    done = run("info status\n", *arguments)
    assert (done.stdout, done.returncode) == ("", 1)
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_another_protocol_is_told(tmp_path: Path) -> None:
    path = tmp_path / "hmp"
    with program("-monitor", f"unix:{path},server=on,wait=off"):
        connected(path).close()
        done = script("info status\n", f"unix:{path}")
    assert (done.stdout, done.returncode) == ("", 1)
    assert "this is no QMP: " in done.stderr


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a console that is connected."""
    children: list[pexpect.spawn] = []

    def begin(*arguments: str) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "hmp", "--connect", *arguments],
            cwd=str(ROOT),
            env=usual_environment(tmp_path),
            encoding="utf-8",
            timeout=15,
            dimensions=(40, 160),
        )
        children.append(child)
        return child

    yield begin
    for child in children:
        child.close(force=True)


def test_a_console(qmp: str, start: Start) -> None:
    child = start(qmp, "--write")
    child.expect_exact(f"connected to {qmp}")
    child.expect_exact("(qemu vm1)")
    child.send("cont\r")
    child.expect_exact("the machine resumed")
    child.send("object_add memory-backend-ram,id=mem1,size=512M\r")
    child.expect_exact("(qemu vm1)")
    child.send("device_add pc-dimm,id=d,memdev=me\t\r")
    child.expect_exact("d: accepted by the guest")
    child.send("map\r")
    child.expect_exact("512M   d ")
    child.send("device_add pc-dimm,id=e,memdev=mem1\r")
    child.expect_exact("Error: can't use already busy memdev: mem1")
    child.expect("→ .*\\bd\\b")
    child.send("explain\r")
    child.expect_exact("e (pc-dimm) was not plugged: can't use already busy memdev: mem1")
    child.send("info mappings\r")
    child.expect_exact("mem1")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "plugged memory: 536870912\n" in script("info memory_size_summary\n", qmp).stdout


def test_a_console_asks_before_what_is_dangerous(qmp: str, start: Start) -> None:
    child = start(qmp, "--write")
    child.expect_exact("(qemu vm1)")
    child.send("quit\r")
    child.expect_exact("quit ends the virtual machine (Ctrl-D leaves it running). Send it? (y/N)")
    child.send("\r")
    child.expect_exact("It was not sent.")
    child.send("quit\r")
    child.expect_exact("Send it? (y/N)")
    child.send("y\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "Connection refused" in script("", qmp).stderr or not os.path.exists(qmp[5:])


def test_the_plain_console_asks_too(qmp: str, start: Start) -> None:
    child = start(qmp, "--write", "--plain")
    child.expect_exact("(qemu vm1)")
    child.send("quit\r")
    child.expect_exact("quit ends the virtual machine (Ctrl-D leaves it running). Send it? (y/N)")
    child.expect_exact("(qemu vm1)")
    child.send("n\r")
    child.expect_exact("(qemu vm1)")
    child.send("quit\r")
    child.expect_exact("Send it? (y/N)")
    child.expect_exact("(qemu vm1)")
    child.send("y\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_lessons_are_for_our_own_machine(qmp: str, start: Start) -> None:
    child = start(qmp)
    child.expect_exact("it only looks (--write allows changes)")
    child.expect_exact("(qemu vm1)")
    child.send("learn\r")
    child.expect_exact("Error: lessons are for hmp's own machine: start hmp without --connect")


def test_the_other_program_dies_at_the_prompt(tmp_path: Path, start: Start) -> None:
    path = tmp_path / "qmp"
    serve = ("-name", "vm1", "-qmp", f"unix:{path},server=on,wait=off")
    with program(*serve) as process:
        connected(path).close()
        child = start(f"unix:{path}")
        child.expect_exact("(qemu vm1)")
        process.send_signal(signal.SIGKILL)
        child.expect_exact("QEMU closed the connection")
        child.send("info status\r")
        child.expect_exact("Error: Connection refused")
    path.unlink()
    with program(*serve):
        connected(path).close()
        child.send("info status\r")
        child.expect_exact("VM status: paused (prelaunch)")
        child.sendeof()
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0


@needs_reference
def test_a_busy_qemu_dies_after_it_was_left(tmp_path: Path, start: Start) -> None:
    path = tmp_path / "qmp"
    with running_qemu(path, "-m", "64M"):
        child = start(f"unix:{path}", "--write")
        child.logfile_read = shown = io.StringIO()
        child.expect(r"process (\d+)")
        assert child.match
        process = int(child.match[1])
        child.expect_exact("(qemu)")
        child.send("object_add memory-backend-ram,id=m,size=4G,prealloc=on\r")
        # The line has been sent when its prompt is gone.
        time.sleep(0.5)
        child.sendintr()
        child.expect_exact("QEMU goes on with it; its reply is dropped")
        os.kill(process, signal.SIGKILL)
        child.expect_exact("QEMU closed the connection")
        child.send("info status\r")
        child.expect_exact("Error: ")
        child.sendeof()
        child.expect(pexpect.EOF)
        assert "Traceback" not in shown.getvalue()
        assert "internal error" not in shown.getvalue()


def test_the_other_program_dies_under_a_script(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with program("-qmp", f"unix:{path},server=on,wait=off") as process:
        connected(path).close()
        child = subprocess.Popen(
            [sys.executable, "-m", "hmp", "--connect", f"unix:{path}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdin and child.stdout
        child.stdin.write("info status\n")
        child.stdin.flush()
        assert child.stdout.readline() == BANNER
        assert [child.stdout.readline() for _line in range(2)][1].startswith("VM status")
        process.kill()
        process.wait()
        output, _errors = child.communicate("info status\n", timeout=20)
    assert output.endswith("info status\nError: QEMU closed the connection\n")
    assert child.returncode == 1


@pytest.mark.parametrize("kind", ["hmp", "telnet"])
def test_a_human_monitor_alone(kind: str, tmp_path: Path) -> None:
    path, port = tmp_path / "hmp", free_port()
    backend = f"unix:{path}" if kind == "hmp" else f"telnet:127.0.0.1:{port}"
    target = f"hmp:{path}" if kind == "hmp" else f"telnet:127.0.0.1:{port}"
    machine = ("-name", "vm1", "-m", "1G,slots=4,maxmem=8G")
    with program(*machine, "-monitor", f"{backend},server=on,wait=off"):
        connected(path if kind == "hmp" else ("127.0.0.1", port)).close()
        lines = (
            "object_add memory-backend-ram,id=m,size=512M\ndevice_add pc-dimm,id=d,memdev=m\n"
            "info memory_size_summary\nprint 6*7\n\nobject_del m\nprint 1\t+1\n"
        )
        done = script(lines, target, "--write")
        assert done.stdout == BANNER + (
            "(qemu) object_add memory-backend-ram,id=m,size=512M\n"
            "(qemu) device_add pc-dimm,id=d,memdev=m\n"
            "(qemu) info memory_size_summary\n"
            "base memory: 1073741824\nplugged memory: 536870912\n"
            "(qemu) print 6*7\n0x2a\n"
            "(qemu) object_del m\n"
            "Error: Cannot delete host memory backend 'm' which is mapped\n"
            "(qemu) print 1\t+1\nError: the line has a control character, which edits\n(qemu) \n"
        )
        assert (done.returncode, done.stderr) == (1, "")
        assert script("quit\n", target, "--write").returncode == 0


def test_what_is_no_human_monitor(qmp: str) -> None:
    done = script("info status\n", qmp.replace("unix:", "hmp:"))
    assert (done.stdout, done.returncode) == ("", 1)
    assert "no prompt in 5 s: another client has this monitor, it is no human" in done.stderr


def test_a_console_on_a_human_monitor(tmp_path: Path, start: Start) -> None:
    path = tmp_path / "lines"
    serve = ("-name", "vm1", "-m", "1G,slots=4,maxmem=8G")
    with program(*serve, "-monitor", f"unix:{path},server=on,wait=off") as process:
        connected(path).close()
        child = start(f"hmp:{path}")
        child.expect_exact("(qemu vm1)")
        child.send("map\r")
        child.expect_exact("free for devices: 7G")
        process.send_signal(signal.SIGKILL)
        child.expect_exact("QEMU closed the connection")
