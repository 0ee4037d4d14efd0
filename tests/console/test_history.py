"""The history of the prompt: between sessions, and where its file can't be used."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from hmp.console.prompt.history import open_history
from tests.keyboard import UP, keyboard


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
