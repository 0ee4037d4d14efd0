"""Devices without an effect on memory: a refused one leaves nothing, an unplugged one frees what it
had.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hmp.monitor import Monitor
from tests.support import run_lines, start_monitor

BACKENDS = "-nodefaults -blockdev null-co,node-name=b,read-zeroes=on -chardev null,id=c"


@pytest.fixture
def monitor() -> Iterator[Monitor]:
    with start_monitor(f"-M pc -m 64M {BACKENDS} -netdev hubport,hubid=0,id=n") as found:
        yield found


def state(monitor: Monitor) -> str:
    return run_lines(monitor, "info qtree\ninfo block\ninfo network\nqom-list /machine/peripheral")


@pytest.mark.parametrize(
    "line",
    [
        "device_add virtio-blk-pci,drive=nope",
        "device_add virtio-blk-pci,drive=b,id=x,num-queues=0",
        "device_add virtio-net-pci,netdev=n,id=x,duplex=third",
        "device_add e1000,netdev=n,id=x,romfile=/no/such/rom",
        "device_add virtio-serial-pci,id=x,max_ports=0",
        "device_add scsi-hd,drive=b,id=x",
        "device_add pci-bridge,id=x",
        "device_add virtio-rng-pci,id=x,addr=0",
        "device_add nvme,drive=b,id=x",
    ],
)
def test_a_refused_device_leaves_nothing(monitor: Monitor, line: str) -> None:
    before = state(monitor)
    assert run_lines(monitor, line).startswith("Error: ")
    assert state(monitor) == before
    # What the refused one named is free.
    assert run_lines(monitor, "device_add virtio-blk-pci,drive=b,id=x") == ""
    assert run_lines(monitor, "device_add virtio-net-pci,netdev=n,id=y") == ""


def test_an_unplugged_device_frees_what_it_had(monitor: Monitor) -> None:
    before = state(monitor)
    for _ in range(3):
        assert run_lines(monitor, "device_add virtio-scsi-pci,id=s") == ""
        assert run_lines(monitor, "device_add scsi-hd,drive=b,id=d,bootindex=1") == ""
        assert run_lines(monitor, "device_add virtio-serial-pci,id=v") == ""
        assert run_lines(monitor, "device_add virtserialport,chardev=c,id=p") == ""
        # On these buses a device goes at once; the guest lets those on PCI go.
        for name in ("d", "p", "s", "v"):
            assert run_lines(monitor, f"device_del {name}") == ""
        for slot in (2, 3):
            run_lines(monitor, f"o /w 0xae08 {1 << slot}")
        assert state(monitor) == before


def test_a_device_goes_with_what_is_below_it(monitor: Monitor) -> None:
    run_lines(monitor, "device_add virtio-scsi-pci,id=s")
    run_lines(monitor, "device_add scsi-hd,drive=b,id=d")
    run_lines(monitor, "device_del s")
    run_lines(monitor, f"o /w 0xae08 {1 << 2}")
    assert "scsi" not in run_lines(monitor, "info qtree -b")
    assert run_lines(monitor, "device_add virtio-blk-pci,drive=b") == ""


def test_twenty_devices_at_the_start() -> None:
    devices = " ".join(f"-device virtio-rng-pci,id=r{number}" for number in range(20))
    with start_monitor(f"-M pc -nodefaults {devices}") as monitor:
        listed = run_lines(monitor, "info pci")
        assert listed.count("PCI device 1af4:1005") == 20
