"""Scripts with -e, --script, FILE.hmp, --quiet, --json and --extras."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.test_script import BANNER, PLUG, SIZE
from tests.support import PROGRAM, ROOT, run

PLUG_LINES = [word for line in PLUG.splitlines() for word in ("-e", line)]


def test_commands_of_the_command_line_are_answered_as_those_of_stdin() -> None:
    by_option = run("info name\n", *SIZE, *PLUG_LINES, "-e", "object_del mem1")
    by_stdin = run(PLUG + "object_del mem1\n", *SIZE)
    assert by_option.stdout == by_stdin.stdout
    assert (by_option.returncode, by_option.stderr) == (1, "")


def test_sources_run_in_the_order_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "a.hmp").write_text("p /d 2\nsource b.txt\np /d 4")
    (tmp_path / "b.txt").write_text("p /d 3\n")
    done = subprocess.run(
        [*PROGRAM, "--quiet", "-e", "p /d 1", "a.hmp", "--script", "b.txt", "-e", "p /d 5\np /d 6"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert (done.stdout, done.stderr) == ("1\n2\n3\n4\n3\n5\n6\n", "")
    assert done.returncode == 0


def test_quit_ends_the_script() -> None:
    done = run("", "-e", "info status", "-e", "quit", "-e", "info name")
    assert done.stdout == f"{BANNER}(qemu) info status\nVM status: running\n(qemu) quit\n"


def test_a_disk_image_stays_one(tmp_path: Path) -> None:
    image = tmp_path / "disk.hmp"
    image.write_bytes(bytes(1024))
    done = run("info block\n", str(image))
    assert "ide0-hd0 (#block" in done.stdout and str(image) in done.stdout
    text = tmp_path / "disk.img"
    text.write_text("info name\n")
    done = run("info block\n", str(text))
    assert "(qemu) info block\n" in done.stdout and str(text) in done.stdout
    done = run("", str(tmp_path / "none.hmp"))
    assert done.stderr.endswith("none.hmp': No such file or directory\n")


def test_quiet(tmp_path: Path) -> None:
    script = tmp_path / "a.hmp"
    script.write_text("\ufeffinfo status\n\nnonsense\nobject_add memory-backend-ram,id=a\n")
    done = run("", "--quiet", str(script), "-e", "p 1+", "-e", "info name")
    assert done.stdout == "VM status: running\n"
    assert done.stderr == (
        f"{script}:3: unknown command: 'nonsense'\n"
        f"{script}:4: Parameter 'size' is missing\n"
        '-e:1: unexpected end of expression\nTry "help p" for more information\n'
    )
    assert done.returncode == 1


def test_quiet_from_stdin() -> None:
    done = run("\ufeff(qemu) info status\nVM status: paused\n(qemu) foo\n", "--quiet")
    assert (done.stdout, done.stderr) == (
        "VM status: running\n",
        "<stdin>:3: unknown command: 'foo'\n",
    )


def test_stdin_without_options_is_as_before() -> None:
    """A prompt, a byte-order mark and the commands of scripts are unknown, as to QEMU."""
    done = run("(qemu) info status\n\ufeffstop\nwait STOP\nmap\nsource x\nsave x\n")
    assert done.stdout == (
        f"{BANNER}(qemu) (qemu) info status\nunknown command: '(qemu)'\n"
        "(qemu) \ufeffstop\nunknown command: '\ufeffstop'\n"
        "(qemu) wait STOP\nunknown command: 'wait'\n(qemu) map\nunknown command: 'map'\n"
        "(qemu) source x\nunknown command: 'source'\n(qemu) save x\nunknown command: 'save'\n"
        "(qemu) \n"
    )


@pytest.mark.parametrize(
    ("options", "stderr"),
    [
        (["--exit-on-error"], ": -e:2: the command failed\n"),
        (["--exit-on-error", "--quiet"], "-e:2: unknown command: 'foo'\n"),
    ],
)
def test_exit_on_error(options: list[str], stderr: str) -> None:
    done = run("", *options, "-e", "info status", "-e", "foo", "-e", "info name")
    assert done.returncode == 1
    assert done.stderr.endswith(stderr) and done.stderr.count("\n") == 1
    assert done.stdout.endswith("VM status: running\n" if "--quiet" in options else "'foo'\n")


def objects(*arguments: str) -> list[dict[str, object]]:
    done = run("", "--json", *arguments)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_json() -> None:
    found = objects(
        *SIZE,
        *PLUG_LINES,
        *("-e", "info memory_size_summary", "-e", "qom-get /objects/mem1 size"),
        *(
            "-e",
            "info balloon",
            "-e",
            "object_del mem1",
            "-e",
            "p 1+",
            "-e",
            "wait acpi_device_ost",
        ),
    )
    assert [item["ok"] for item in found] == [True, True, True, True, False, False, False, True]
    assert found[0] == {"command": PLUG.splitlines()[0], "ok": True, "reply": ""}
    assert found[2]["value"] == {"base-memory": 1 << 30, "plugged-memory": 1 << 30}
    assert (found[3]["reply"], found[3]["value"]) == ("1073741824\n", 1 << 30)
    assert found[4]["error"] == {
        "class": "DeviceNotActive",
        "desc": "No balloon device has been activated",
    }
    message = "Cannot delete host memory backend 'mem1' which is mapped"
    assert found[5] == {
        "command": "object_del mem1",
        "ok": False,
        "reply": f"Error: {message}\n",
        "error": {"class": "GenericError", "desc": message},
    }
    assert found[6]["reply"] == (
        'unexpected end of expression\nTry "help p" for more information\n'
    )
    event = found[7]["value"]
    assert isinstance(event, dict) and event["event"] == "ACPI_DEVICE_OST"


def test_values_of_queries() -> None:
    names = {"block", "chardev", "cpus", "guest", "hotpluggable-cpus", "iothreads", "kvm", "memdev"}
    names |= {"memory-devices", "memory_size_summary", "name", "pci", "status", "uuid", "version"}
    # QMP has no such queries, or refuses what the human monitor says in words.
    without = {"mtree", "network", "numa", "qom-tree", "qtree", "ramblock", "balloon"}
    lines = [f"info {name}" for name in sorted(names | without)]
    found = objects("-S", *(word for line in lines for word in ("-e", line)))
    assert {str(item["command"])[5:] for item in found if "value" in item} == names


def test_names_that_are_not_ascii() -> None:
    (item,) = objects("-name", "é", "-e", "info name")
    assert (item["reply"], item["value"]) == ("é\n", {"name": "é"})


def test_extras() -> None:
    done = run("", *SIZE, "--quiet", "--extras", *PLUG_LINES, "-e", "explain", "-e", "map")
    assert done.stdout.startswith("dimm1 (pc-dimm) was plugged at 0x100000000 in slot 0\n")
    assert "guest-physical memory" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    done = run("info mappings\nmap --svg\nhelp map\n", "--extras")
    assert "backend  host address" in done.stdout
    assert "Error: usage: map [--svg FILE]\n" in done.stdout
    assert "map [--svg FILE] -- draw" in done.stdout
    done = run("", "--quiet", "-e", "map")
    assert done.stderr == "-e:1: unknown command: 'map'\n"


def test_a_saved_script_runs_again(tmp_path: Path) -> None:
    file = tmp_path / "saved.hmp"
    done = run("", *SIZE, "-name", "a b", "--quiet", *PLUG_LINES, "-e", "foo", "-e", f"save {file}")
    assert done.stderr == "-e:3: unknown command: 'foo'\n"
    assert file.read_text() == f"#!/usr/bin/env -S hmp -m {SIZE[1]} -name 'a b'\n{PLUG}"
    again = run("", "--quiet", str(file), "-e", "info memory_size_summary", "-e", "info name")
    assert again.stdout == "base memory: 1073741824\nplugged memory: 1073741824\na b\n"
    # Options about the machine go before those in the file.
    other = run("", "--quiet", "-m", "2G,slots=1,maxmem=4G", str(file), "-e", "info name")
    assert (other.stdout, other.stderr, other.returncode) == ("", "", 0)
    file.write_text("#!/usr/bin/env -S hmp -bogus\nstop\n")
    assert run("", str(file)).stderr.endswith(": -bogus: invalid option\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("-qmp unix:q.sock,server=on,wait=off", "a script needs the monitor on stdin and stdout"),
        ("-monitor none", "a script needs the monitor on stdin and stdout"),
        ("--fleet 2 /tmp", "a script runs on one machine"),
        ("--play plug", "a script runs on one machine"),
        ("--script /nowhere", "can't read /nowhere: No such file or directory"),
    ],
)
def test_no_script(arguments: str, message: str) -> None:
    done = run("", "-e", "info name", *arguments.split())
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr and done.stderr.count("\n") == 1


def test_beside_a_socket(tmp_path: Path) -> None:
    """The machine goes on while the script waits, and ends with it."""
    done = run(
        "",
        *(*SIZE, "-monitor", "stdio", "-e", "guest policy latency=20ms"),
        *("-qmp", f"unix:{tmp_path}/q,server=on,wait=off", "--quiet", *PLUG_LINES),
        *("-e", "wait ACPI_DEVICE_OST 5", "-e", "sleep 10ms", "-e", "info name"),
    )
    assert done.stdout.startswith('ACPI_DEVICE_OST {"info": {"device": "dimm1"')
    assert (done.returncode, done.stderr) == (0, "")


def test_a_signal_ends_a_wait() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "-e", "info status", "-e", "sleep 60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout
    while "sleep" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGTERM)
    _out, errors = process.communicate(timeout=20)
    assert "terminating on signal 15" in errors
    assert process.returncode == 1
