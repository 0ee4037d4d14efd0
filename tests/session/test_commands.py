"""wait, sleep, source and save, as a front end runs them."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from hmp.encoding import to_latin1
from hmp.machine.events import EVENTS
from hmp.monitor import Execution, Monitor
from hmp.session.commands import known_commands
from hmp.session.session import MAX_DEPTH, Session
from tests.support import descriptors, run_lines

PLUG = (
    "object_add memory-backend-ram,id=mem1,size=1G",
    "device_add pc-dimm,id=dimm1,memdev=mem1",
)


def begin(monitor: Monitor, *words: str) -> Session:
    session = Session(monitor.machine, list(words))
    monitor.context.known = known_commands(session, monitor.context.commands)
    return session


def run(monitor: Monitor, session: Session, line: str) -> str:
    """Run a line as a front end does, with its pauses."""
    execution: Execution = monitor.run_line(to_latin1(line))
    text = ""
    for part in execution:
        text += part
        time.sleep(session.take_pause())
        monitor.machine.run_guest()
    return text


def test_wait_takes_the_oldest_event(monitor: Monitor) -> None:
    session = begin(monitor)
    run_lines(monitor, *PLUG, "device_del dimm1", "stop", "cont", "stop")
    assert run(monitor, session, "wait stop") == "STOP\n"
    assert run(monitor, session, "wait DEVICE_DELETED 0") == (
        'DEVICE_DELETED {"device": "dimm1", "path": "/machine/peripheral/dimm1"}\n'
    )
    assert session.awaited and session.awaited.name == "DEVICE_DELETED"
    assert run(monitor, session, "wait STOP 0") == "STOP\n"
    assert run(monitor, session, "wait STOP 0") == (
        "Error: no STOP within 0 s; there were ACPI_DEVICE_OST, RESUME\n"
    )


def test_wait_for_an_event_to_come(monitor: Monitor) -> None:
    session = begin(monitor)
    run_lines(monitor, "guest policy latency=30ms", *PLUG)
    assert run(monitor, session, "wait ACPI_DEVICE_OST 0").startswith("Error: no ACPI")
    assert run(monitor, session, "wait ACPI_DEVICE_OST 5").startswith("ACPI_DEVICE_OST {")


def test_wait_ends_in_time(monitor: Monitor) -> None:
    session = begin(monitor)
    start = time.monotonic()
    assert run(monitor, session, "wait RESET 50ms") == "Error: no RESET within 0.05 s\n"
    assert 0.05 <= time.monotonic() - start < 2
    start = time.monotonic()
    assert run(monitor, session, "sleep 0.05") == ""
    assert 0.05 <= time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (
            "wait DEVICE_DELETE",
            f"Error: there is no event 'DEVICE_DELETE'; there are {', '.join(EVENTS)}\n",
        ),
        ("wait STOP x", "Error: Parameter 'seconds' expects seconds, such as 0.5 or 20ms\n"),
        ("sleep -1", "Error: Parameter 'seconds' expects seconds, such as 0.5 or 20ms\n"),
        ("source /nowhere", "Error: can't read /nowhere: No such file or directory\n"),
        ("save /nowhere/x", "Error: can't write /nowhere/x: No such file or directory\n"),
        ("save /dev/null", "Error: can't write /dev/null: it is no regular file\n"),
        ("sleep", 'sleep: string expected\nTry "help sleep" for more information\n'),
    ],
)
def test_errors(line: str, reply: str, monitor: Monitor) -> None:
    before = descriptors()
    assert run(monitor, begin(monitor), line) == reply
    assert descriptors() == before


def test_help_knows_them_and_does_not_list_them(monitor: Monitor) -> None:
    before = run_lines(monitor, "help")
    begin(monitor)
    assert run_lines(monitor, "help") == before
    assert run_lines(monitor, "help save") == (
        "save file -- write what was accepted into a file that runs again\n"
    )


def test_save(tmp_path: Path, monitor: Monitor) -> None:
    session = begin(monitor, "-m", "1G", "-name", "a b")
    for name, line in (("object_add", "object_add x"), ("quit", "quit"), ("save", "save y")):
        session.record(name, line)
    file = tmp_path / "é.hmp"
    assert run(monitor, session, f"save {file}") == ""
    assert file.read_text() == "#!/usr/bin/env -S hmp -m 1G -name 'a b'\nobject_add x\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o700


def test_scripts_are_not_nested_without_end(tmp_path: Path, monitor: Monitor) -> None:
    session = begin(monitor)
    file = tmp_path / "a.hmp"
    file.write_text("stop\n")

    def nest(depth: int) -> str:
        reply = run(monitor, session, f"source {file}")
        with session.sourced() as lines:
            if reply:
                assert (depth, lines) == (MAX_DEPTH, [])
                return reply
            assert [line.text for line in lines] == ["stop"]
            return nest(depth + 1)

    assert nest(0) == f"Error: {file}: scripts are nested deeper than {MAX_DEPTH}\n"


def test_old_events_are_forgotten(monitor: Monitor) -> None:
    session = begin(monitor)
    for _ in range(6000):
        monitor.machine.events.emit("STOP")
        monitor.machine.events.emit("RESUME")
    assert len(session.events) == 10_000
