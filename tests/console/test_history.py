"""The history of the prompt: between sessions, and where its file can't be used."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from hmp.console.prompt.history import open_history
from tests.keyboard import CTRL_C, ENTER, UP, keyboard


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "hmp").mkdir()
    return tmp_path / "hmp" / "history"


def test_lines_are_there_in_the_next_session_and_are_private(file: Path) -> None:
    with keyboard(history="on") as terminal:
        terminal.enter("info status")
    with keyboard(history="on") as terminal:
        terminal.type(UP)
        terminal.until_line("info status")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_vanished_directory_is_told_once(file: Path) -> None:
    with keyboard(history="on") as terminal:
        shutil.rmtree(file.parent)
        terminal.enter("info status", "info name", "stop")
        shown = terminal.until("No such file or directory")
        assert shown.count("the history is in memory only: can't write") == 1
        terminal.type(UP)
        terminal.until_line("stop")


def test_a_full_disk_is_told_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("hmp.console.prompt.history.write_all", refuse)
    with keyboard(history="on") as terminal:
        terminal.enter("info status", "stop")
        shown = terminal.until("No space left on device")
        assert shown.count("the history is in memory only: can't write") == 1
        assert "VM status: running" in shown


def test_what_is_no_regular_file_is_left_alone(file: Path) -> None:
    for make in (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/full", path)):
        make(file)
        history = open_history()
        assert list(history.load_history_strings()) == []
        history.append_string("stop")
        assert history.get_strings() == ["stop"] and not history.take_trouble()
        os.rmdir(file) if file.is_dir() else os.unlink(file)


def test_a_file_that_becomes_a_fifo_is_not_waited_for(file: Path) -> None:
    history = open_history()
    file.unlink()
    os.mkfifo(file)
    history.append_string("stop")
    assert history.take_trouble().endswith("history: it is no regular file")
    assert not history.take_trouble()
    other = open_history()
    file.unlink()
    assert list(other.load_history_strings()) == []


def test_an_unreadable_file_is_told(file: Path) -> None:
    history = open_history()
    file.unlink()
    os.mkfifo(file)
    assert list(history.load_history_strings()) == []
    assert history.take_trouble().startswith("the history is in memory only: can't read")


def test_lines_of_any_bytes_are_kept(file: Path) -> None:
    open_history().append_string("p \udcff\n+x")
    assert list(open_history().load_history_strings()) == ["p ?\n+x"]
    file.write_bytes(b"+\xff\n")
    assert list(open_history().load_history_strings()) == ["\ufffd"]


def test_what_is_not_kept(file: Path) -> None:
    secret = "object_add secret,id=s,data=abcd"
    with keyboard(history="on") as terminal:
        terminal.enter("info status", " info name", secret, secret, "  p 1")
        terminal.type(UP)
        terminal.until_line(secret)
        terminal.type(CTRL_C)
        terminal.type("q", ENTER)
    text = file.read_text()
    assert [line for line in text.split("\n") if line.startswith("+")] == ["+info status"]
    assert "abcd" not in text


def test_a_file_that_others_could_read_is_closed_to_them(file: Path) -> None:
    file.write_text("+stop\n")
    file.chmod(0o644)
    open_history()
    assert file.stat().st_mode & 0o777 == 0o600


def test_only_accepted_lines_are_suggested() -> None:
    with keyboard() as terminal:
        terminal.enter("system_reset", "system_resett")
        terminal.type("system_res")
        terminal.until_line("system_reset")
        terminal.type(CTRL_C)
        terminal.enter("system_resett", "pmemsave 0 1 /nowhere/f", 'pmemsave 0 1 "/nowhere/f"')
        terminal.type("pmemsave")
        terminal.until_line("pmemsave")


def test_a_refused_line_is_not_suggested_in_the_next_session_either(file: Path) -> None:
    with keyboard(history="on") as terminal:
        terminal.enter('pmemsave 0 1 "/dev/null"', 'pmemsave 0 1 "/nowhere/f"')
    with keyboard(history="on") as terminal:
        terminal.type(UP)
        terminal.until_line('pmemsave 0 1 "/nowhere/f"')
        terminal.type("\x15pmemsave")
        terminal.until_line('pmemsave 0 1 "/dev/null"')


def test_suggested_are_lines_whose_ids_exist_now() -> None:
    backend, plug = "object_add memory-backend-ram,id=m,size=64M", "device_add pc-dimm,memdev=m"
    with keyboard() as terminal:
        terminal.enter("p 7", backend, plug)
        terminal.type("object_a")
        terminal.until_line("object_a")
        terminal.type("\x15device_a")
        terminal.until_line("device_a")
        terminal.type(CTRL_C)
    with keyboard() as terminal:
        terminal.enter(backend, "object_del m")
        terminal.type("object_a")
        terminal.until_line(backend)
        terminal.type("\x15object_d")
        terminal.until_line("object_d")
