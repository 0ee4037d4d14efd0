"""Each CPU has a thread of its own, which sleeps, once a client asks for its id."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from hmp.machine.queries import query_cpus
from tests.support import run_lines, start_machine, start_monitor

PLUG = "device_add qemu64-x86_64-cpu,socket-id=0,core-id=2,thread-id=0,id=c2"


def tasks() -> set[int]:
    return {int(task.name) for task in Path("/proc/self/task").iterdir()}


def wait_until_gone(identifiers: list[int]) -> None:
    """Wait until these threads have ended: one that has is shown a little longer, and so may be
    those of other tests.
    """
    deadline = time.monotonic() + 10
    while tasks() & set(identifiers) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not tasks() & set(identifiers)


def test_threads_come_with_the_question_and_end_with_the_machine() -> None:
    before = tasks()
    with start_machine("-S -m 128M -smp 2,maxcpus=3") as machine:
        assert tasks() <= before
        ids = [cpu.thread_id for cpu in query_cpus(machine)]
        assert tasks() - before == set(ids)
        assert len(set(ids)) == 2 and os.getpid() not in ids
        assert [cpu.thread_id for cpu in query_cpus(machine)] == ids
    wait_until_gone(ids)


def test_threads_of_plugged_cpus() -> None:
    with start_monitor("-m 128M -smp 2,maxcpus=3") as monitor:
        machine = monitor.machine
        first = [cpu.thread_id for cpu in query_cpus(machine)]
        assert run_lines(monitor, PLUG) == ""
        plugged = [cpu.thread_id for cpu in query_cpus(machine)]
        assert plugged[:2] == first and len(set(plugged)) == 3
        run_lines(monitor, "device_del c2")
        machine.run_guest()
        assert [cpu.thread_id for cpu in query_cpus(machine)] == first
        wait_until_gone(plugged[2:])
        assert tasks() >= set(first)


def test_threads_take_no_signals() -> None:
    with start_machine("-S -m 128M") as machine:
        (cpu,) = query_cpus(machine)
        status = Path(f"/proc/self/task/{cpu.thread_id}/status").read_text(encoding="ascii")
    blocked = int(status.partition("SigBlk:")[2].split()[0], 16)
    for number in (1, 2, 3, 15):
        assert blocked >> (number - 1) & 1


def test_host_without_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with start_machine("-S -m 128M") as machine:
        assert [cpu.thread_id for cpu in query_cpus(machine)] == [os.getpid()]
