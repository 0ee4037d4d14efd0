"""A lesson that plays for a presenter, and one that fails, on a real terminal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.e2e.terminal import usual_environment
from tests.support import PROGRAM, ROOT, run

STEP_2 = "2/4 Request the unplug"


@pytest.fixture
def show(tmp_path: Path) -> Iterator[pexpect.spawn]:
    """The lesson `unplug`, which waits for the presenter."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "hmp", "--play", "unplug", "--step", "--speed", "100"],
        cwd=str(ROOT),
        env=usual_environment(tmp_path),
        encoding="utf-8",
        timeout=15,
        dimensions=(40, 120),
    )
    child.expect_exact("Space types the next line")
    child.expect_exact("help you out")
    child.expect_exact("1/4 The backend is in use")
    yield child
    child.close(force=True)


def test_space_types_line_by_line_to_the_end(show: pexpect.spawn) -> None:
    for shown in (
        *("which is mapped", STEP_2, "3/4 Let the guest answer", "Memory device [dimm]"),
        *("4/4 Delete the backend", "(qemu)", "That was", "memory backend: "),
    ):
        show.send(" ")
        show.expect_exact(shown)
    show.send(" ")
    show.expect(pexpect.EOF)
    show.close()
    assert show.exitstatus == 0


def test_back_begins_the_step_before_anew(show: pexpect.spawn) -> None:
    show.send("  ")
    show.expect_exact(STEP_2)
    show.send("b")
    show.expect_exact("1/4 The backend is in use")
    show.send("  ")
    show.expect_exact("which is mapped")
    show.expect_exact(STEP_2)


def test_pause_stops_the_typing(show: pexpect.spawn) -> None:
    show.send("p")
    show.send("p ")
    show.expect_exact("which is mapped")
    show.send("p")
    show.send(" ")
    # The first Space goes on, the second types.
    show.send(" ")
    show.expect_exact(STEP_2)


def test_the_console_becomes_free(show: pexpect.spawn, tmp_path: Path) -> None:
    show.send("  ")
    show.expect_exact(STEP_2)
    show.send("q")
    show.send("info status | cat\r")
    show.expect_exact("VM status: paused")
    show.send("nonsense\x03")
    show.send("device_del dimm1\r")
    show.expect_exact("3/4 Let the guest answer")
    show.send("learn stop\r")
    show.expect_exact("the machine that you started with")
    show.sendeof()
    show.expect(pexpect.EOF)
    show.close()
    assert show.exitstatus == 0


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_the_presenter_leaves(key: str, show: pexpect.spawn) -> None:
    show.send(key)
    show.expect(pexpect.EOF)
    show.close()
    assert show.exitstatus == 0


def test_step_needs_a_terminal() -> None:
    done = run("", "--play", "plug", "--step", "--record", "/dev/null")
    assert done.returncode == 1
    assert done.stderr.endswith("--step needs a terminal, with a person at it\n")


def test_a_play_whose_step_fails_says_where(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# T\n\n## S\n\ntext\n\n```hmp\nstop\n```\n\n"
        "```check\nstopped\ndimm size = 1G\n```\n\n> x\n"
    )
    done = subprocess.run(
        [*PROGRAM, "--play", "./a.md", "--speed", "1000", "--record", "it.cast"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**usual_environment(tmp_path), "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.endswith(
        ": a.md:13: “dimm size = 1G” does not hold after the step's own lines: there is no DIMM "
        "with size 1G yet\n"
    )
