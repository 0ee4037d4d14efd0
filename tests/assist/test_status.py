"""The status line: what is plugged, and what the guest has not answered yet."""

from __future__ import annotations

import time

import pytest

from hmp.assist.status import status_line
from tests.support import run_lines, start_monitor

RAM = "object_add memory-backend-ram,"
PLUG = (RAM + "id=m,size=512M", "device_add pc-dimm,id=d,memdev=m")
PENDING = "1 unplug pending"


def test_sizes_have_one_unit() -> None:
    with start_monitor("-m 1G,slots=4,maxmem=8G") as monitor:
        run_lines(monitor, *PLUG)
        assert status_line(monitor.machine).startswith("slots 1/4 · 0.5G/7G plugged · host RSS ")


def test_an_unplug_is_pending_until_the_device_is_gone() -> None:
    now = time.monotonic()
    with start_monitor("-m 1G,slots=4,maxmem=8G -guest linux,latency=1") as monitor:
        machine = monitor.machine
        machine.timers.clock = lambda: now
        # The guest boots, and takes the DIMM.
        now += 2
        run_lines(monitor, *PLUG)
        now += 2
        machine.run_guest()
        run_lines(monitor, "device_del d")
        requested = set()
        for _step in range(20):
            if "d" not in machine.peripheral.children:
                break
            assert PENDING in status_line(machine)
            requested.add(machine.ports.memory.slots[0].removal_requested)
            now += 0.5
            machine.run_guest()
        # The guest has seen the request, and cleared it, before it ejects the DIMM.
        assert False in requested
        assert "d" not in machine.peripheral.children
        assert "pending" not in status_line(machine)


@pytest.mark.parametrize(
    ("policy", "is_pending"), [("unplug=refuse", False), ("unplug=hang", True), ("", False)]
)
def test_a_pending_unplug_has_no_outcome_yet(policy: str, is_pending: bool) -> None:
    with start_monitor() as monitor:
        run_lines(monitor, *PLUG, *([f"guest policy {policy}"] if policy else []), "device_del d")
        assert (PENDING in status_line(monitor.machine)) is is_pending
        run_lines(monitor, "system_reset")
        # A new kernel knows nothing of it.
        assert PENDING not in status_line(monitor.machine)


def test_devices_without_id_count_too() -> None:
    with start_monitor() as monitor:
        run_lines(
            monitor,
            RAM + "id=m,size=512M",
            "device_add pc-dimm,memdev=m",
            "stop",
            "device_del /machine/peripheral-anon/device[0]",
        )
        assert PENDING in status_line(monitor.machine)
