"""Long work on the console: its progress, and what Ctrl-C leaves."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hmp.machine import system_calls
from hmp.machine.memory.address_space import AddressSpace
from tests.keyboard import ENTER, keyboard

BAR = re.compile(r"█*░* [\d.]+[KMG]? of [\d.]+[KMG]? \(Ctrl-C stops\)")


def slowly(function: Callable[..., object], seconds: float) -> Callable[..., object]:
    def slow(*arguments: object) -> object:
        time.sleep(seconds)
        return function(*arguments)

    return slow


@pytest.fixture
def slow_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that takes 50 ms for a write and 0.1 ms for a read of the guest's memory."""
    monkeypatch.setattr(system_calls, "write", slowly(system_calls.write, 0.05))
    monkeypatch.setattr(AddressSpace, "read", slowly(AddressSpace.read, 0.0001))
    monkeypatch.setattr(AddressSpace, "read_segment", slowly(AddressSpace.read_segment, 0.0005))


WORK = {
    "pmemsave": 'pmemsave 0 0x30000000 "{}"',
    "memsave": 'memsave 0 0x5000000 "{}"',
    "dump-guest-memory": "dump-guest-memory {}",
    "sum": "sum 0 0x20000000",
    "xp": "xp /80000xg 0",
    "x": "x /80000xg 0",
}
WRITERS = ("pmemsave", "memsave", "dump-guest-memory")


@pytest.mark.usefixtures("slow_host")
@pytest.mark.parametrize("name", WORK)
def test_progress_is_shown_and_ctrl_c_stops(name: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    with keyboard() as terminal:
        start = time.monotonic()
        terminal.type(WORK[name].format(file), ENTER)
        terminal.wait(lambda: BAR.search(terminal.text) is not None)
        assert time.monotonic() - start > 0.5
        assert file.exists() == (name in WRITERS)
        terminal.interrupt()
        terminal.until(f"→ cancelled{'; the file was removed' * (name in WRITERS)}\n")
        assert not file.exists()
        assert terminal.reply("info status") == "VM status: running\n"
        assert BAR.search(terminal.text) is None
        assert f"\n{name} " not in terminal.console.context.session.script


@pytest.mark.usefixtures("slow_host")
def test_a_file_that_was_there_is_not_left_half_written(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("x")
    link.symlink_to(file)
    with keyboard() as terminal:
        terminal.type(f'pmemsave 0 0x30000000 "{link}"', ENTER)
        terminal.until("Ctrl-C stops")
        terminal.interrupt()
        terminal.until("the file was removed")
    assert not link.exists() and file.stat().st_size == 0


def test_ctrl_c_after_the_end_takes_nothing_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, line = tmp_path / "file", "object_add memory-backend-ram,id=m,size=64M"
    with keyboard() as terminal:
        monitor = terminal.console.context.monitor
        run_line = monitor.run_line

        def run_and_interrupt(text: str) -> object:
            execution = run_line(text)
            terminal.interrupt()
            return execution

        terminal.enter(f'pmemsave 0 8192 "{file}"')
        monkeypatch.setattr(monitor, "run_line", run_and_interrupt)
        assert terminal.reply(line) == ""
        monkeypatch.undo()
        assert line in terminal.console.context.session.script
    assert file.stat().st_size == 8192


def test_waiting_is_stopped_too() -> None:
    with keyboard() as terminal:
        terminal.type("sleep 60", ENTER)
        time.sleep(0.1)
        terminal.interrupt()
        terminal.until("→ cancelled")


@pytest.mark.usefixtures("slow_host")
@pytest.mark.parametrize("columns", [12, 40])
def test_the_bar_fits_a_narrow_terminal_and_leaves_nothing(columns: int) -> None:
    with keyboard(columns=columns) as terminal:
        terminal.type("sum 0 0x20000000", ENTER)
        terminal.until("M of"[: columns // 4])
        terminal.wait(lambda: "░" in terminal.text or columns == 12)
        terminal.interrupt()
        terminal.until("cancelled")
        assert "█" not in terminal.text and "░" not in terminal.text
