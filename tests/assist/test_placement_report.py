"""`explain`: how the last plug was placed, or why it failed."""

from __future__ import annotations

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
            "  needs 2G at a multiple of 2M; 2.5G of 3G were left",
            "  device memory region: 0x100000000-0x23fffffff (5G)",
            "  gap                      size  first aligned  verdict",
            "  0x100000000-0x13fffffff  1G    0x100000000    too small by 1G",
            "  0x160000000-0x23fffffff  3.5G  0x160000000    taken",
        ]
        run_lines(monitor, "device_del db", "device_add pc-dimm,id=dc,memdev=c")
        assert explain(monitor.machine)[0].startswith(
            "dc (pc-dimm) was not plugged: not enough space"
        )
        assert "  needs 3G at a multiple of 2M; 2.5G of 3G were left, 512M too few" in explain(
            monitor.machine
        )
        run_lines(monitor, "device_add pc-dimm,id=dx,memdev=nothing")
        assert explain(monitor.machine)[-1] == "  it failed before an address was searched"


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
