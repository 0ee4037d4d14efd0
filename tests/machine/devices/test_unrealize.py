"""Devices after `qom-set DEVICE realized off`, and resets of every board."""

from __future__ import annotations

import pytest

from hmp.errors import InternalError
from hmp.monitor import Monitor
from tests.support import StderrCapture, run_lines, start_machine

DIMM = ("object_add memory-backend-ram,id=m,size=128M", "device_add pc-dimm,id=d,memdev=m")
VIRTIO_MEM = (
    "object_add memory-backend-ram,id=m,size=128M",
    "device_add virtio-mem-pci,id=v,memdev=m,requested-size=64M",
)
DYNAMIC = (VIRTIO_MEM[0], f"{VIRTIO_MEM[1]},dynamic-memslots=on")
EJECT_ALL = tuple(f"o /w 0xae08 0x{1 << slot:x}" for slot in range(32))
SEQUENCES = {
    "a DIMM without its backend": (
        *DIMM,
        "qom-set d realized off",
        "object_del m",
        "guest touch d",
        "qom-get d size",
        "device_del d",
        "info memory-devices",
    ),
    "a virtio device before its transport": (
        *VIRTIO_MEM,
        "qom-set v requested-size 0",
        "qom-set v/virtio-backend realized off",
        "device_del v",
        *EJECT_ALL,
        "object_del m",
    ),
    "dynamic memory slots that are plugged": (
        *DYNAMIC,
        "qom-set v realized off",
        "object_del m",
        "xp 0x100000000",
        *DIMM,
        "info mtree -f",
    ),
    "dynamic memory slots that are ejected": (*DYNAMIC, *EJECT_ALL, "object_del m", *DIMM),
}


@pytest.mark.parametrize("lines", SEQUENCES.values(), ids=SEQUENCES)
def test_no_internal_error(lines: tuple[str, ...]) -> None:
    stderr = StderrCapture()
    with start_machine("-m 1G,slots=4,maxmem=8G", stderr) as machine:
        monitor = Monitor(machine)
        for line in lines:
            assert not isinstance(monitor.execute(line).error, InternalError), line
            machine.run_guest()
        ranges = machine.address_space.ranges
        assert all(one.end <= two.start for one, two in zip(ranges, ranges[1:], strict=False))
        assert all(item.mapping is None or item.mapping.length for item in ranges)
    assert stderr == []


@pytest.mark.parametrize("board", ["pc", "q35", "isapc -m 64", "microvm", "none"])
@pytest.mark.parametrize("line", ["system_reset", "guest reboot"])
def test_reset_of_every_board(board: str, line: str) -> None:
    with start_machine(f"-M {board}") as machine:
        assert run_lines(Monitor(machine), line, "info status") == "VM status: running\n"
