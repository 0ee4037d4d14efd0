"""Every recorded session of QEMU gives the same replies, without QEMU."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.connect.refusals import is_error
from hmp.encoding import to_latin1, to_unicode
from hmp.machine.chardevs.monitors import QmpMonitor
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from scripts.lib import RECORDINGS
from scripts.lib.recordings.hmp import Case, blank_program, comparable, recorded_cases, shell
from tests import support
from tests.support import start_machine

# Nothing of these comes on stderr: what is there is of the start.
QUERIES = ("info ", "qom-list ", "qom-get ")
RECONNECTS = "Unable to connect character device "
CASES = recorded_cases()


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions")


@pytest.fixture
def folder(parent: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The working directory of a session: thousands of tmp_path would take longer."""
    with TemporaryDirectory(dir=parent) as name:
        monkeypatch.chdir(name)
        yield name


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_session(case: Case, folder: str) -> None:
    _name, session, expected = case
    for line in session.setup:
        shell(line.replace("@TMP@", folder), folder)
    stderr = support.StderrCapture()
    try:
        arguments = session.arguments.replace("@TMP@", folder)
        # The monitor that the recorded lines came by.
        with support.start_machine(f"-S {arguments} {support.MONITOR}", stderr) as machine:
            assert not expected.failed
            if all(step.startswith(QUERIES) for step in session.steps):
                assert _shown(stderr, folder) == _of_start(expected.errors)
            _replay(session.steps, expected.replies, machine, folder)
    except StartupError as error:
        assert expected.failed
        assert _shown([*stderr, *error.lines], folder) == _of_start(expected.errors)
    except EarlyExit:
        assert expected.failed
        assert _shown(stderr, folder) == _of_start(expected.errors)


def _shown(lines: list[str], folder: str) -> str:
    # The recording has no blanks at the end.
    return comparable("", to_unicode("\n".join(lines)).replace(folder, "@TMP@").rstrip())


def _of_start(errors: str) -> str:
    # A socket connects again and again once the program runs.
    lines = blank_program(errors).replace("PROG: ", "").split("\n")
    return comparable("", "\n".join(line for line in lines if not line.startswith(RECONNECTS)))


def _replay(steps: list[str], replies: list[str], machine: Machine, folder: str) -> None:
    monitor = Monitor(machine)
    for step, reply in zip(steps, replies, strict=True):
        if step.startswith("!sh "):
            got = shell(step[4:].replace("@TMP@", folder), folder)
        else:
            given = monitor.execute(to_latin1(step.replace("@TMP@", folder)))
            monitor.machine.run_guest()
            # A reply from QEMU has no other sign of an error (hmp --connect).
            assert is_error(given.text) == given.failed, step
            got = to_unicode(given.text)
        got = got.replace(os.path.realpath(folder), "@TMP@").replace(folder, "@TMP@")
        assert comparable(step, got) == comparable(step, reply), step


def test_qemus_answers_to_random_lines() -> None:
    samples = json.loads((RECORDINGS / "hmp" / "random_lines.json").read_text())
    with start_machine("-S -m 1G,slots=4,maxmem=8G") as machine:
        support.add_monitor(machine, QmpMonitor())
        session = Monitor(machine)
        for line, reply in samples:
            got = to_unicode(session.execute(to_latin1(line)).text)
            assert comparable(line, got) == comparable(line, reply), line
