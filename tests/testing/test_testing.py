"""hmp.testing as a test author uses it: the plugin's fixtures, served machines, processes,
snapshots and fleets.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from hmp.cmdline.errors import StartupError
from hmp.serve.fleet import raise_descriptor_limit
from hmp.testing import (
    CommandError,
    InProcessMachine,
    ProcessMachine,
    QmpError,
    ServedMachine,
    fleet,
    machine,
    served_machine,
)
from tests.e2e.program import connected, exchange, read_until
from tests.support import PROGRAM, ROOT, backend_mappings, descriptors


@pytest.mark.hmp("-m 2G,slots=2,maxmem=4G")
def test_the_fixture_with_a_marker(hmp_machine: InProcessMachine) -> None:
    assert hmp_machine.qmp("query-memory-size-summary") == {
        "base-memory": 2 << 30,
        "plugged-memory": 0,
    }


def test_snapshots_differ_by_what_changed(hmp_machine: InProcessMachine) -> None:
    before = hmp_machine.snapshot()
    with pytest.raises(CommandError):
        hmp_machine.execute("device_add pc-dimm,memdev=nope")
    assert hmp_machine.snapshot() == before
    hmp_machine.execute("stop")
    assert before.differences(hmp_machine.snapshot()) == ["status: 'running' -> 'paused'"]


def test_the_served_fixture(hmp_served: ServedMachine) -> None:
    with connected(Path(hmp_served.hmp_path)) as client:
        read_until(client, b"(qemu) ")
        client.sendall(b"stop\n")
        assert hmp_served.wait_for_event("STOP").data == {}
    assert hmp_served.status == "paused"
    with pytest.raises(TimeoutError, match=r"no event RESUME within 0.01 s"):
        hmp_served.wait_for_event("RESUME", timeout=0.01)
    with pytest.raises(QmpError, match="CommandNotFound: The command nope has not been found"):
        hmp_served.qmp("nope")


def test_ended_machine_accepts_no_clients(hmp_served: ServedMachine) -> None:
    with (
        connected(Path(hmp_served.qmp_path)) as client,
        connected(Path(hmp_served.hmp_path)) as line,
    ):
        read_until(client, b"\r\n")
        exchange(client, '{"execute": "qmp_capabilities"}')
        line.sendall(b"quit\n")
        assert json.loads(read_until(client, b"\r\n"))["event"] == "SHUTDOWN"
        assert client.recv(1) == b""
    while os.path.exists(hmp_served.qmp_path) or os.path.exists(hmp_served.hmp_path):
        time.sleep(0.001)


def test_delays_and_drops_hit_clients(hmp_served: ServedMachine) -> None:
    with connected(Path(hmp_served.qmp_path)) as client:
        read_until(client, b"\r\n")
        exchange(client, '{"execute": "qmp_capabilities"}')
        hmp_served.guest.delay(0.05)
        hmp_served.execute("guest delay-replies 200ms")
        begin = time.monotonic()
        client.sendall(b'{"execute": "query-name", "id": 1}{"execute": "query-name", "id": 2}')
        assert (
            read_until(client, b"2}\r\n")
            == b'{"return": {}, "id": 1}\r\n{"return": {}, "id": 2}\r\n'
        )
        assert time.monotonic() - begin >= 0.2
        hmp_served.execute("guest drop-connections")
        client.sendall(b'{"execute": "query-name"}')
        assert client.recv(100) == b""
    with connected(Path(hmp_served.qmp_path)) as client:
        assert read_until(client, b"\r\n").startswith(b'{"QMP"')


def test_the_process_fixture(hmp_process: ProcessMachine) -> None:
    hmp_process.execute("object_add memory-backend-ram,id=m,size=128M")
    hmp_process.execute("device_add pc-dimm,id=d,memdev=m")
    hmp_process.guest.refuse("d")
    hmp_process.qmp("device_del", id="d")
    assert [device["data"]["id"] for device in hmp_process.devices] == ["d"]
    assert hmp_process.snapshot().plugged_memory == 128 << 20
    with connected(Path(hmp_process.qmp_path)) as client:
        assert read_until(client, b"\r\n").startswith(b'{"QMP"')
    with pytest.raises(QmpError, match="the host has no error 'ENOPE'"):
        hmp_process.faults.fail_host("mmap", "ENOPE")


def test_impossible_machine_raises_startup_error() -> None:
    for make in (machine, served_machine):
        with (
            pytest.raises(StartupError, match="unsupported amount of memory slots"),
            make("-m 1G,slots=-1,maxmem=2G"),
        ):
            pass


def test_no_leaks_of_a_fleet(tmp_path: Path) -> None:
    with fleet(1, folder=tmp_path):
        pass
    before, mapped, threads = descriptors(), backend_mappings(), threading.active_count()
    with fleet(50, "-m 1G,slots=4,maxmem=8G", tmp_path) as machines:
        assert threading.active_count() == threads
        assert len(list(tmp_path.iterdir())) == 100
        for index, served in enumerate(machines):
            served.execute(f"object_add memory-backend-ram,id=m,size={index + 1}M")
        assert [
            {item["id"]: item["size"] for item in served.qmp("query-memdev")}["m"] >> 20
            for served in machines
        ] == list(range(1, 51))
    assert (
        descriptors() == before and backend_mappings() == mapped and list(tmp_path.iterdir()) == []
    )


def test_memory_of_a_thousand_machines() -> None:
    raise_descriptor_limit()
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 2500:
        pytest.skip("this host does not give a process 2,500 descriptors")
    statm = Path("/proc/self/statm")
    before = int(statm.read_text().split()[1])
    with fleet(1000) as machines:
        grown = (int(statm.read_text().split()[1]) - before) * resource.getpagesize()
        assert grown / 1000 < 512 << 10
        with connected(Path(machines[-1].qmp_path)) as client:
            assert read_until(client, b"\r\n").startswith(b'{"QMP"')


def test_the_fleet_program(tmp_path: Path) -> None:
    folder = tmp_path / "fleet"
    process = subprocess.Popen(
        [*PROGRAM, "--fleet", "3", str(folder), "-m", "256M", "-S"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stdout.readline() == f"3 machines in {folder}\n".encode()
    with connected(folder / "1.hmp") as client:
        read_until(client, b"(qemu) ")
        client.sendall(b"quit\n")
        assert read_until(client, b"never").endswith(b"\r\n")
    while any(folder.glob("1.*")):
        time.sleep(0.01)
    assert sorted(os.listdir(folder)) == ["0.hmp", "0.qmp", "2.hmp", "2.qmp"]
    with connected(folder / "2.qmp") as client:
        read_until(client, b"\r\n")
        exchange(client, '{"execute": "qmp_capabilities"}')
        process.send_signal(signal.SIGTERM)
        assert b'"reason": "host-signal"' in read_until(client, b"\r\n")
    process.communicate(timeout=10)
    assert process.returncode == 0 and os.listdir(folder) == []


def test_plugin_is_loaded_in_other_projects(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest
        @pytest.mark.hmp("-m 1G,slots=1,maxmem=2G")
        def test_it(hmp_machine):
            assert hmp_machine.status == "running"
    """)
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_socket_accepts_at_once() -> None:
    with served_machine() as served, socket.socket(socket.AF_UNIX) as client:
        client.connect(served.qmp_path)
        assert client.recv(1000).startswith(b'{"QMP"')
