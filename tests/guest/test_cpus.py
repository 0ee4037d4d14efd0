"""The guest's CPUs: plugging, unplugging, and what it reports (ACPI_DEVICE_OST)."""

from __future__ import annotations

import pytest

from hmp.monitor import Monitor
from tests.support import run_lines, start_monitor

PLUG = "device_add qemu64-x86_64-cpu,socket-id=0,core-id=2,thread-id=0,id=c2"
Event = tuple[str, dict[str, object]]


def listen(monitor: Monitor) -> list[Event]:
    received: list[Event] = []
    monitor.machine.events.listeners.append(lambda event: received.append((event.name, event.data)))
    return received


def ost(source: int, status: int, slot: int = 2, **device: str) -> Event:
    info = {"source": source, "status": status, "slot": str(slot), "slot-type": "CPU"}
    return "ACPI_DEVICE_OST", {"info": {**device, **info}}


def deleted(path: str, **device: str) -> Event:
    return "DEVICE_DELETED", {**device, "path": path}


def online(monitor: Monitor) -> list[int]:
    return sorted(monitor.machine.guest.cpu_hotplug.online)


@pytest.mark.parametrize("board", ["pc", "q35"])
def test_events_of_plug_and_unplug(board: str) -> None:
    with start_monitor(f"-M {board} -smp 2,maxcpus=4") as monitor:
        received = listen(monitor)
        assert run_lines(monitor, PLUG) == ""
        assert online(monitor) == [0, 1, 2]
        assert "CPUs online: 0, 1, 2 (of 4)\n" in run_lines(monitor, "info guest")
        assert run_lines(monitor, "device_del c2", "qom-list /machine/peripheral") == (
            "type (string)\n"
        )
        assert online(monitor) == [0, 1]
    assert received == [
        ost(1, 0, device="c2"),
        ost(3, 132, device="c2"),
        deleted("/machine/peripheral/c2/lapic"),
        deleted("/machine/peripheral/c2", device="c2"),
        ost(3, 0),
    ]


def test_a_cpu_of_the_board_goes_like_any_other() -> None:
    with start_monitor("-smp 2,maxcpus=2") as monitor:
        received = listen(monitor)
        path = "/machine/unattached/device[2]"
        run_lines(monitor, "cpu 1", f"device_del {path}")
        assert received[1:3] == [deleted(f"{path}/lapic"), deleted(path)]
        assert run_lines(monitor, "cpu 1") == "invalid CPU index\n"
        assert run_lines(monitor, "info cpus").startswith("* CPU #0: ")
        assert list(monitor.machine.cpus) == online(monitor) == [0]


def test_a_guest_without_acpi_sees_a_cpu_when_it_boots() -> None:
    for board in ("pc,acpi=off", "q35,acpi=off", "microvm"):
        with start_monitor(f"-M {board} -smp 1,maxcpus=4") as monitor:
            received = listen(monitor)
            run_lines(monitor, PLUG)
            assert (received, online(monitor)) == ([], [0])
            run_lines(monitor, "system_reset")
            assert online(monitor) == [0, 2]


def test_policy_offline() -> None:
    with start_monitor("-smp 1,maxcpus=4 --guest linux,cpus=offline") as monitor:
        received = listen(monitor)
        run_lines(monitor, PLUG)
        assert (received, online(monitor)) == ([ost(1, 0, device="c2")], [0])
        assert "policy: linux,online=movable,cpus=offline\n" in run_lines(monitor, "info guest")
        run_lines(monitor, "system_reset")
        assert online(monitor) == [0, 2]


def test_a_refused_and_a_hanging_unplug() -> None:
    with start_monitor("-smp 1,maxcpus=4") as monitor:
        run_lines(monitor, PLUG, "guest refuse c2")
        received = listen(monitor)
        run_lines(monitor, "device_del c2")
        assert received == [ost(3, 132, device="c2"), ost(3, 130, device="c2")]
        assert online(monitor) == [0, 2]
        run_lines(monitor, "guest policy unplug=hang", "device_del c2")
        assert received[2:] == [ost(3, 132, device="c2")]
        assert "CPU 2: the removal hangs, and what comes after it waits\n" in run_lines(
            monitor, "info guest"
        )
        run_lines(monitor, "guest release")
        assert received[3:] == [
            deleted("/machine/peripheral/c2/lapic"),
            deleted("/machine/peripheral/c2", device="c2"),
            ost(3, 0),
        ]


def test_requests_while_stopped_are_handled_after_cont_in_the_order_of_the_cpus() -> None:
    with start_monitor("-smp 1,maxcpus=4") as monitor:
        received = listen(monitor)
        run_lines(monitor, "stop", PLUG, PLUG.replace("=2", "=1").replace("c2", "c1"))
        assert "CPU 1 waits: insertion\nCPU 2 waits: insertion\n" in run_lines(
            monitor, "info guest"
        )
        assert received[1:] == []
        run_lines(monitor, "cont")
        assert received[2:] == [ost(1, 0, 1, device="c1"), ost(1, 0, device="c2")]


def test_a_request_before_the_boot_stays_in_the_registers() -> None:
    with start_monitor("-S -smp 1,maxcpus=4") as monitor:
        received = listen(monitor)
        run_lines(monitor, PLUG, "device_del c2", "cont")
        assert (received[1:], online(monitor)) == ([], [0, 2])
        run_lines(monitor, "o /w 0xaf00 2")
        assert run_lines(monitor, "i /b 0xaf04") == "portb[0xaf04] = 0x07\n"


def test_a_check_changes_nothing() -> None:
    with start_monitor("-S -smp 1,maxcpus=4") as monitor:
        run_lines(monitor, PLUG.replace("c2", "c1,phys-bits=3"))
        assert (list(monitor.machine.cpus), monitor.machine.peripheral.children) == ([0], {})


def test_a_cpu_that_is_not_realized_any_more() -> None:
    with start_monitor("-S -smp 1,maxcpus=4") as monitor:
        assert run_lines(monitor, PLUG, "qom-set c2 realized off", "device_del c2") == ""
        assert list(monitor.machine.cpus) == [0]
        assert run_lines(monitor, PLUG.replace("id=c2", "id=c3")) == ""
        run_lines(monitor, "o /w 0xaf00 2", "o /b 0xaf04 8")
        assert list(monitor.machine.peripheral.children) == ["c2"]
