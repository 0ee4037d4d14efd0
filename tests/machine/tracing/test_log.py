"""The log and its trace events; QEMU's answers are in the recordings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hmp.machine.tracing.events import TraceEvents, UnavailableEventError, event_names
from hmp.machine.tracing.log import Log, LogFileError, UnknownLogItemError

UNAVAILABLE = "qxl_io_write_vga"


def warn(text: str) -> None:
    raise AssertionError(text)


def test_a_refused_choice_changes_nothing(tmp_path: Path) -> None:
    log, path = Log(), tmp_path / "log"
    with pytest.raises(UnknownLogItemError):
        log.set("int,nothing,trace:job_completed", str(path), warn)
    assert not path.exists() and not log.events.is_enabled("job_completed")
    with pytest.raises(LogFileError):
        log.set("tid", str(path), warn)
    assert not path.exists()
    # The items are still none, so that no thread needs a file of its own.
    log.set(None, str(path), warn)


def test_a_file_is_emptied_and_has_the_process_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before")
    Log().set(None, str(tmp_path / "log"), warn)
    assert not (tmp_path / "log").read_text()
    Log().set("int", str(tmp_path / "%d.log"), warn)
    assert (tmp_path / f"{os.getpid()}.log").exists()


def test_threads_make_their_files_later(tmp_path: Path) -> None:
    log = Log()
    log.set("all", str(tmp_path / "%d.log"), warn)
    assert not list(tmp_path.iterdir())
    log.log_nothing()
    log.set(None, str(tmp_path / "log"), warn)


def test_a_pattern_fits_whole_names_newest_first() -> None:
    found = TraceEvents().find("runstate_?et*")
    assert found == ["runstate_set"]
    everything = TraceEvents().find("*")
    assert everything == event_names()[::-1]


def test_nothing_is_switched_where_one_event_is_unavailable() -> None:
    events = TraceEvents()
    with pytest.raises(UnavailableEventError):
        events.switch("qxl_io_write*", enable=True, ignore_unavailable=False)
    assert not events.is_enabled("qxl_io_write")
    events.switch("qxl_io_write*", enable=True, ignore_unavailable=True)
    assert events.is_enabled("qxl_io_write") and not events.is_enabled(UNAVAILABLE)
