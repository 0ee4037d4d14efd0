"""-overcommit mem-lock= locks what is mapped at the start and what is plugged later."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from hmp.cmdline.errors import StartupError
from hmp.errors import HostCallError
from hmp.machine import system_calls
from tests.support import PROGRAM, run_lines, start_machine, start_monitor


def locked_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmLck:"))


@pytest.mark.skipif(os.geteuid() != 0, reason="locking memory needs root or a high limit")
@pytest.mark.parametrize("how", ["on", "on-fault"])
def test_memory_is_locked(how: str) -> None:
    script = "import sys; from tests.cmdline.test_overcommit import report; report(sys.argv[1])"
    # In a process of its own: the lock is on all memory of a process.
    words = [PROGRAM[0], "-c", script, how]
    found = subprocess.run(words, capture_output=True, text=True, check=True)
    at_start, later, at_end = map(int, found.stdout.split())
    assert at_start >= 64 << 10
    assert later >= at_start + (32 << 10)
    assert at_end == 0


def report(how: str) -> None:
    """Print what is locked at the start, after an object_add, and when the machine is closed."""
    with start_monitor(f"-m 64 -S -overcommit mem-lock={how}") as monitor:
        print(locked_kib())
        run_lines(monitor, "object_add memory-backend-ram,id=m,size=32M")
        print(locked_kib())
    print(locked_kib())


def test_refused_lock_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(flags: int) -> None:
        raise HostCallError("mlockall", errno.ENOMEM)

    monkeypatch.setattr(system_calls, "lock_memory", refuse)
    with pytest.raises(StartupError) as caught, start_machine("-m 64 -overcommit mem-lock=on"):
        pass
    assert caught.value.lines == ("mlockall: Cannot allocate memory", "locking memory failed")


def test_shared_ram_may_be_larger_than_the_host() -> None:
    host = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with start_monitor("-m 64 -S") as monitor:
        line = f"object_add memory-backend-ram,id=large,size={4 * host},share=on"
        assert run_lines(monitor, line) == ""
        assert "memfd:large" in Path("/proc/self/maps").read_text()
        assert run_lines(monitor, "object_del large") == ""
