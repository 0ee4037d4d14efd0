"""What QEMU's own tests do with every machine and device, with hmp: walk the tree, ask for all
properties and help, send every command. Each must be answered, and hmp must still be there.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.lib.recordings.qtest import ProgramUnderTest
from tests.support import PROGRAM

MACHINES = ("pc", "q35", "none", "microvm", "isapc", "pc-i440fx-7.2")
LINES = (
    *("announce_self", "balloon 512", "chardev-add null,id=c1", "chardev-send-break c1"),
    *("chardev-change c1 ringbuf", "chardev-remove c1", "commit all", "cpu 0", "device_add ?"),
    *("device_add usb-mouse,id=mouse1", "device_del mouse1", "drive_add ignored format=help"),
    *("mouse_button 7", "mouse_move 10 10", "dump-guest-memory /dev/null 0 4096"),
    *("dump-guest-memory /dev/null", "gdbserver", "gva2gpa 0", "gpa2hva 0", "i /w 0"),
    *("hostfwd_add tcp::43210-:43210", "hostfwd_remove tcp::43210-:43210", "log all"),
    *("log none", 'memsave 0 4096 "/dev/null"', "migrate_set_parameter downtime-limit 1"),
    *("netdev_add user,id=net1", "set_link net1 off", "set_link net1 on", "netdev_del net1"),
    *("nmi", "o /w 0 0x1234", "object_add memory-backend-ram,id=mem1,size=256M"),
    *("object_del mem1", "one-insn-per-tb on", 'pmemsave 0 4096 "/dev/null"', "p $pc + 8"),
    *("qom-list /", "qom-set /machine initrd test", "qom-get /machine initrd", "sendkey x"),
    *("screendump /dev/null", "stop", "cont", "sum 0 512", "x /8i 0x100", "xp /16x 0"),
    *("system_reset", "system_powerdown", "system_wakeup", "help", "info", "info status"),
)


@contextmanager
def under_test(folder: Path, arguments: str) -> Iterator[ProgramUnderTest]:
    program = ProgramUnderTest(shlex.join(PROGRAM), arguments, str(folder))
    try:
        yield program
        assert program.run("endianness") == "OK little\n"
        assert program.process.poll() is None
    finally:
        program.finish()


def walk(program: ProgramUnderTest, path: str) -> Iterator[tuple[str, str]]:
    """Yield every property, whatever is below it first."""
    for item in program.execute("qom-list", path=path):
        if item["type"].startswith("child<"):
            yield from walk(program, f"{path.rstrip('/')}/{item['name']}")
        else:
            yield path, item["name"]


@pytest.mark.parametrize("machine", MACHINES)
def test_every_property_of_the_tree_can_be_read(tmp_path: Path, machine: str) -> None:
    with under_test(tmp_path, f"-M {machine}") as program:
        found = list(walk(program, "/"))
        assert len(found) > 30
        for path, name in found:
            program.execute("qom-get", path=path, property=name)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_command_is_answered(tmp_path: Path, machine: str) -> None:
    with under_test(tmp_path, f"-M {machine}") as program:
        listed = program.run("hmp help info").splitlines()
        infos = [" ".join(line.split()[:2]) for line in listed]
        for line in (*LINES, *infos):
            program.run(f"hmp {line}")


def test_every_device_tells_its_properties(tmp_path: Path) -> None:
    with under_test(tmp_path, "-M none -nodefaults") as program:
        before = program.run("hmp info qtree")
        types = program.execute("qom-list-types", implements="device")
        assert len(types) > 500
        for item in types:
            program.execute("device-list-properties", typename=item["name"])
            program.run(f"hmp device_add {item['name']},help")
        assert program.run("hmp info qtree") == before


@pytest.mark.parametrize("machine", MACHINES)
def test_queries_without_arguments(tmp_path: Path, machine: str) -> None:
    with under_test(tmp_path, f"-M {machine}") as program:
        names = [item["name"] for item in program.execute("query-commands")]
        asked = 0
        for name in names:
            if name.startswith("query-"):
                try:
                    program.execute(name)
                except AssertionError as error:
                    assert "'error'" in str(error)
                asked += 1
        assert asked > 30


@pytest.mark.parametrize(
    "arguments",
    [
        "-M pc -device virtio-mouse-pci,id=dev0",
        "-M q35 -device pcie-root-port,id=p1 -device virtio-balloon-pci,bus=p1,id=dev0",
    ],
)
def test_reset_completes_an_unplug(tmp_path: Path, arguments: str) -> None:
    with under_test(tmp_path, arguments) as program:
        program.execute("device_del", id="dev0")
        assert program.run("hmp info qtree").count('id "dev0"') == 1
        program.execute("system_reset")
        assert 'id "dev0"' not in program.run("hmp info qtree")
