"""-qtest at the start: what is wrong with it, and what is not said with its accelerator."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.program import program
from tests.support import PROGRAM, ROOT, StderrCapture, start_machine, start_monitor

QTEST = "-accel qtest -m 128M "


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("foo", ["'foo' is not a valid char driver"]),
        ("none", ["'none' is not a valid char driver"]),
        ("", ["'' is not a valid char driver"]),
        ("mon:stdio", ["mon: isn't supported in this context"]),
        ("chardev:x", []),
        ("unix:/nope/x", ["Failed to connect to '/nope/x': No such file or directory"]),
    ],
)
def test_what_is_no_character_device(text: str, reasons: list[str]) -> None:
    done = subprocess.run(
        [*PROGRAM, "-accel", "qtest", "-qtest", text, "-monitor", "none"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    lines = [line.partition(": ")[2] for line in done.stderr.splitlines()]
    assert lines == [*reasons, f'Failed to initialize device for qtest: "{text}"']
    assert done.returncode == 1


def test_second_client_is_refused(tmp_path: Path) -> None:
    words = ["-accel", "qtest", "-qtest", "null", "-chardev", "null,id=c"]
    with program(*words, "-object", "qtest,id=q,chardev=c", "-monitor", "none") as process:
        _out, errors = process.communicate(timeout=60)
    assert errors.endswith(b": Only one instance of qtest can be created\n")


@pytest.mark.parametrize(
    "arguments",
    [
        "-M pc-i440fx-5.2",
        "-smp 4 -numa node,cpus=0-1,memdev=m -object memory-backend-ram,id=m,size=128M",
        "-nodefaults -netdev user,id=n",
    ],
)
def test_what_is_not_warned_of(arguments: str) -> None:
    sink = StderrCapture()
    with start_machine(QTEST + arguments, sink):
        assert sink == []


def test_no_debugger() -> None:
    with start_monitor(QTEST) as monitor:
        for line in ("gdbserver", "gdbserver none"):
            assert monitor.execute(line).text == (
                "gdbstub: current accelerator doesn't support guest debugging\n"
            )
