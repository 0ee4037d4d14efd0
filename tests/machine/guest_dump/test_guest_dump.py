"""Dumps of guest memory: headers and notes as QEMU's, memory as the guest's, detached and
interrupted ones. Replies and errors are in the recordings.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hmp.machine.events import Event
from hmp.machine.progress import report_progress_to
from hmp.monitor import Monitor
from scripts.lib.recordings.dump_headers import HEADERS, MACHINES, headers_of
from tests.support import run_lines, start_monitor

RECORDED: dict[str, str] = json.loads(HEADERS.read_text(encoding="ascii"))
BUSY = "Error: There is a dump in process, please wait.\n"


@pytest.mark.parametrize("arguments", RECORDED)
def test_headers_as_recorded(arguments: str, tmp_path: Path) -> None:
    path = tmp_path / "dump"
    with start_monitor(f"{arguments} -S") as monitor:
        assert run_lines(monitor, f"dump-guest-memory {path} {MACHINES[arguments]}") == ""
    assert headers_of(path) == RECORDED[arguments]
    assert path.read_bytes().endswith(b"\0.shstrtab\0")
    assert path.stat().st_mode & 0o777 == 0o400


def test_memory_is_that_of_the_guest(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(bytes(range(256)) * (16 << 12))
    with start_monitor("-m 64,slots=1,maxmem=1G -S") as monitor:
        run_lines(
            monitor,
            f"object_add memory-backend-file,id=f,size=16M,mem-path={image}",
            "device_add pc-dimm,memdev=f",
        )
        text = run_lines(monitor, f"dump-guest-memory {tmp_path}/dump 0x100000101 0x1000")
    assert text == ""
    expected = image.read_bytes()[0x101:0x1101] + b"\0.shstrtab\0"
    assert (tmp_path / "dump").read_bytes().endswith(expected)


def events_of(monitor: Monitor) -> list[Event]:
    found: list[Event] = []
    monitor.machine.events.listeners.append(found.append)
    return found


def test_machine_answers_during_a_detached_dump(tmp_path: Path) -> None:
    with start_monitor("-m 128M") as monitor:
        events, now = events_of(monitor), [0.0]
        monitor.machine.timers.clock = lambda: now[0]
        assert run_lines(monitor, f"dump-guest-memory -d {tmp_path}/dump") == ""
        assert run_lines(monitor, "info status") == "VM status: paused (save-vm)\n"
        assert run_lines(monitor, "info dump") == "Status: active\nFinished: 0.00 %\n"
        refused = run_lines(monitor, "cont", "stop", f"dump-guest-memory {tmp_path}/other")
        assert refused == 3 * BUSY
        for _ in range(2):
            now[0] += 1
            monitor.machine.run_guest()
        shown = run_lines(monitor, "info dump")
        assert shown.startswith("Status: active\n") and "0.00" not in shown
        for _ in range(20):
            now[0] += 1
            monitor.machine.run_guest()
        assert run_lines(monitor, "info dump", "info status") == (
            "Status: completed\nVM status: running\n"
        )
    assert [event.name for event in events] == ["STOP", "DUMP_COMPLETED", "RESUME"]
    # RAM with a hole of 128 KiB for video memory, and 256 KiB of firmware below 4 GiB.
    size = (128 << 20) + (128 << 10)
    result = {"total": size, "status": "completed", "completed": size}
    assert events[1].data == {"result": result}
    assert not (tmp_path / "other").exists()


def test_end_of_the_program_gives_up_a_detached_dump(tmp_path: Path) -> None:
    with start_monitor("-m 64") as monitor:
        run_lines(monitor, f"dump-guest-memory -d {tmp_path}/dump")
        last = monitor.machine.guest_dump
    assert last.describe()["completed"] == 0
    assert (tmp_path / "dump").stat().st_size < 64 << 20


class StopAtOnce:
    """A listener that cancels the work at its first report."""

    def update(self, done: int, total: int) -> bool:
        return False


def test_interrupted(tmp_path: Path) -> None:
    failure = "dump: failed to save memory: Interrupted system call"
    with start_monitor("-m 64") as monitor:
        events = events_of(monitor)
        with report_progress_to(StopAtOnce()):
            text = run_lines(monitor, f"dump-guest-memory {tmp_path}/dump")
        assert text == f"Error: {failure}\n"
        assert run_lines(monitor, "info dump", "info status") == (
            "Status: failed\nVM status: running\n"
        )
    assert [event.name for event in events] == ["STOP", "DUMP_COMPLETED", "RESUME"]
    assert events[1].data["error"] == failure
