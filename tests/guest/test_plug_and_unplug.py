"""Plugging and unplugging with the simulated guest, its events, and the manual's cold plug."""

from __future__ import annotations

from pathlib import Path

from hmp.monitor import Monitor
from tests.support import run_lines, start_monitor

PLUG = ("object_add memory-backend-ram,id=m,size=128M", "device_add pc-dimm,id=d,memdev=m")


def test_events_of_plug_and_unplug() -> None:
    with start_monitor() as monitor:
        received: list[tuple[str, dict[str, object]]] = []
        monitor.machine.events.listeners.append(
            lambda event: received.append((event.name, event.data))
        )
        run_lines(monitor, *PLUG, "device_del d")

    def ost(source: int, status: int, **device: str) -> tuple[str, dict[str, object]]:
        return "ACPI_DEVICE_OST", {
            "info": {**device, "source": source, "status": status, "slot": "0", "slot-type": "DIMM"}
        }

    assert received == [
        ost(1, 0, device="d"),
        ost(3, 132, device="d"),
        ("DEVICE_DELETED", {"device": "d", "path": "/machine/peripheral/d"}),
        ost(3, 0),
    ]


def test_a_stopped_guest_answers_after_cont(monitor: Monitor) -> None:
    run_lines(monitor, *PLUG, "stop")
    assert run_lines(monitor, "device_del d", "device_del d", "object_del m") == (
        "Error: Cannot delete host memory backend 'm' which is mapped\n"
    )
    assert run_lines(monitor, "cont", "object_del m", "info memory-devices") == ""


def test_an_unplug_before_the_boot_is_lost_and_asked_again_works() -> None:
    cold = "-object memory-backend-ram,id=m,size=128M -device pc-dimm,id=d,memdev=m"
    with start_monitor(f"-S -m 1G,slots=1,maxmem=2G {cold}") as monitor:
        run_lines(monitor, "device_del d")
        assert "Memory device" in run_lines(
            monitor, "info memory-devices", "cont", "info memory-devices"
        )
        assert run_lines(monitor, "device_del d", "info memory-devices") == ""


def test_a_removal_asked_before_the_guest_saw_the_insertion_waits_for_the_next_interrupt() -> None:
    with start_monitor("-m 1G,slots=2,maxmem=2G") as monitor:
        run_lines(monitor, "stop", *PLUG, "device_del d", "cont")
        assert "Memory device" in run_lines(monitor, "info memory-devices")
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=n,size=128M",
            "device_add pc-dimm,id=e,memdev=n",
        )
        assert '"d"' not in run_lines(monitor, "info memory-devices")


def test_without_acpi_nothing_can_be_plugged() -> None:
    with start_monitor("-M acpi=off -m 1G,slots=1,maxmem=2G") as monitor:
        assert (
            run_lines(monitor, *PLUG)
            == "Error: memory hotplug is not enabled: missing acpi device or acpi disabled\n"
        )


def test_the_lowest_free_slot_is_taken_again(monitor: Monitor) -> None:
    for index in range(3):
        run_lines(
            monitor,
            f"object_add memory-backend-ram,id=m{index},size=128M",
            f"device_add pc-dimm,id=d{index},memdev=m{index}",
        )
    assert (
        run_lines(
            monitor,
            "device_del d0",
            "device_del d1",
            "device_add pc-dimm,id=e,memdev=m1",
            "qom-get e slot",
            "qom-get e addr",
        )
        == "0\n4294967296\n"
    )


def test_the_manual_cold_plug(tmp_path: Path) -> None:
    arguments = (
        "-m 6GB,slots=4,maxmem=10G -object "
        f"memory-backend-file,id=mem1,size=1G,mem-path={tmp_path} "
        "-device pc-dimm,id=dimm1,memdev=mem1 -object "
        f"memory-backend-file,id=mem2,size=256M,mem-path={tmp_path} "
        "-device pc-dimm,id=dimm2,memdev=mem2"
    )
    with start_monitor(arguments) as monitor:
        where = run_lines(monitor, "qom-get dimm1 addr", "qom-get dimm2 addr", "qom-get dimm2 slot")
        assert where == "7516192768\n8589934592\n1\n"
        for index in (3, 4):
            assert (
                run_lines(
                    monitor,
                    f"object_add memory-backend-ram,id=mem{index},size=1G",
                    f"device_add pc-dimm,id=dimm{index},memdev=mem{index}",
                )
                == ""
            )
        assert (
            run_lines(monitor, "info memory_size_summary")
            == "base memory: 6442450944\nplugged memory: 3489660928\n"
        )
        assert (
            run_lines(
                monitor,
                "device_del dimm1",
                "object_del mem1",
                "device_del dimm3",
                "object_del mem3",
            )
            == ""
        )
