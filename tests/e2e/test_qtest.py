"""The test protocol as QEMU's own tests use it: hmp connects to their sockets."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from scripts.lib.recordings.qtest import FILE, play
from tests.e2e.program import connected, program, read_until
from tests.support import PROGRAM

SESSIONS = json.loads(FILE.read_text(encoding="ascii"))


@pytest.mark.parametrize("arguments", SESSIONS)
def test_answers_are_those_of_qemu(arguments: str) -> None:
    recorded = [tuple(step) for step in SESSIONS[arguments]]
    assert play(shlex.join(PROGRAM), arguments, tuple(step for step, _ in recorded)) == recorded


def test_stdio_with_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with program(
        "-accel",
        "qtest",
        "-qtest",
        f"unix:{tmp_path}/q,server=on,wait=off",
        "-qtest-log",
        str(log),
        "-monitor",
        "none",
    ) as process:
        for _ in range(2):
            with connected(tmp_path / "q") as client:
                client.sendall(b"endianness\n\nfoo  bar\n")
                assert read_until(client, b"'foo'\n") == (
                    b"OK little\nFAIL Unknown command 'foo'\n"
                )
        process.terminate()
        process.wait()
    seen = re.sub(r"\+\d+\.\d{6}\]", "+T]", log.read_text())
    once = (
        "[I 0.000000] OPENED\n[R +T] endianness\n[S +T] OK little\n[R +T]\n"
        "[R +T] foo  bar\n[S +T] FAIL Unknown command 'foo'\n[I +T] CLOSED\n"
    )
    assert seen == once * 2
