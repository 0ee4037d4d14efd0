"""`explain`: how the last plug was placed, or why it failed."""

from __future__ import annotations

import pytest

from hmp.assist.placement_report import NOTHING_PLUGGED, explain
from hmp.grammar.opts import parse_opts
from hmp.machine.devices.plug import check_device
from hmp.machine.devices.request import request_from_opts
from hmp.machine.qom.visitors import KeyvalVisitor
from hmp.monitor import Monitor
from tests.support import run_lines, start_monitor

RAM = "object_add memory-backend-ram,"


def test_explain() -> None:
    with start_monitor("-m 1G,slots=2,maxmem=4G") as monitor:
        assert explain(monitor.machine) == [NOTHING_PLUGGED]
        run_lines(
            monitor,
            RAM + "id=a,size=512M",
            RAM + "id=b,size=2G",
            RAM + "id=c,size=3G",
            "device_add pc-dimm,id=da,memdev=a,addr=0x140000000",
            "device_add pc-dimm,id=db,memdev=b",
        )
        assert explain(monitor.machine) == [
            "db (pc-dimm) was plugged at 0x160000000 in slot 1",
            "  slots: 1 of 2 busy, free: 1; slot 1 was chosen",
            "  size: 2G; 2.5G of 3G were left",
            "  address: a multiple of 2M",
            "  device memory region: 0x100000000-0x23fffffff (5G)",
            "  gap                      size  first aligned  verdict",
            "  0x100000000-0x13fffffff  1G    0x100000000    too small by 1G",
            "  0x160000000-0x23fffffff  3.5G  0x160000000    chosen",
        ]
        run_lines(monitor, "device_del db", "device_add pc-dimm,id=dc,memdev=c")
        assert explain(monitor.machine)[0].startswith(
            "dc (pc-dimm) was not plugged: not enough space"
        )
        assert explain(monitor.machine)[1:5] == [
            "  asked for: memdev=c",
            "  failed at: the space that is left",
            "  slots: 1 of 2 busy, free: 1",
            "  size: 3G; 2.5G of 3G were left, 0.5G too few",
        ]
        run_lines(monitor, "device_add pc-dimm,id=dx,memdev=nothing,slot=1")
        assert explain(monitor.machine) == [
            "dx (pc-dimm) was not plugged: Device 'nothing' not found",
            "  asked for: memdev=nothing, slot=1",
            "  failed at: the backend",
            "  slots: 1 of 2 busy, free: 1",
            "  no address was searched for",
        ]


@pytest.mark.parametrize(
    ("options", "step"),
    [
        ("xyz,id=d", "the type"),
        ("virtio-mem-pci,id=d,memdev=b,bus=x", "the bus"),
        ("pc-dimm,id=d,memdev=b,slot=0", "the slot"),
        ("pc-dimm,id=d,memdev=a", "the backend"),
        ("pc-dimm,id=d,memdev=odd", "the size of the backend"),
        ("pc-dimm,id=d,memdev=b,addr=0x100000000", "the address"),
        ("pc-dimm,id=d,memdev=b,node=3", "the property node"),
        ("pc-dimm,id=da,memdev=b", "the property id"),
        ("virtio-mem-pci,id=d,memdev=b,requested-size=1M", "the property requested-size"),
    ],
)
def test_the_step_that_failed(options: str, step: str) -> None:
    with start_monitor("-m 1G,slots=2,maxmem=4G") as monitor:
        run_lines(
            monitor,
            RAM + "id=a,size=512M",
            RAM + "id=b,size=512M",
            RAM + "id=odd,size=3000K",
            "device_add pc-dimm,id=da,memdev=a",
            f"device_add {options}",
        )
        assert f"  failed at: {step}" in explain(monitor.machine)
        assert not any("chosen" in line for line in explain(monitor.machine))


def test_a_dimm_that_linux_leaves_out() -> None:
    plug = (RAM + "id=a,size=64M", "device_add pc-dimm,id=da,memdev=a")
    note = "  guest: plugged; Linux adds whole 128 MiB blocks only"
    for arguments, is_said in (("", True), (" -guest none", False)):
        with start_monitor("-m 1G,slots=2,maxmem=4G" + arguments) as monitor:
            run_lines(monitor, *plug)
            assert (note in explain(monitor.machine)) is is_said
    with start_monitor("-m 1G,slots=2,maxmem=4G") as monitor:
        run_lines(monitor, RAM + "id=a,size=128M", "device_add pc-dimm,memdev=a,addr=0x104000000")
        assert note in explain(monitor.machine)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_it_fits(width: int) -> None:
    with start_monitor("-m 1G,slots=2,maxmem=4G") as monitor:
        run_lines(
            monitor,
            RAM + "id=a,size=512M",
            RAM + "id=c,size=3G",
            "device_add pc-dimm,id=da,memdev=a,addr=0x140000000",
            "device_add pc-dimm,id=dc,memdev=c",
        )
        lines = explain(monitor.machine, width)
        assert all(len(line) < width for line in lines)
        words = " ".join(" ".join(lines).split())
        assert words.startswith("dc (pc-dimm) was not plugged: not enough space, currently 0x2000")
        assert words.endswith("large enough, but no more than 2.5G may be plugged")


def test_a_check_leaves_the_last_plug_alone(monitor: Monitor) -> None:
    run_lines(
        monitor,
        "object_add memory-backend-ram,id=m1,size=128M",
        "object_add memory-backend-ram,id=m2,size=256M",
        "device_add pc-dimm,id=d1,memdev=m1,slot=2",
    )
    before = explain(monitor.machine)
    options = parse_opts("pc-dimm,id=d2,memdev=m2", "driver")
    check_device(monitor.machine, request_from_opts(options), KeyvalVisitor())
    assert explain(monitor.machine) == before
