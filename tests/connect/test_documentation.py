"""docs/connect.md is true: its session is run against this program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.e2e.program import connected, program
from tests.support import ROOT, run

TEXT = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")


def test_the_session(tmp_path: Path) -> None:
    (session,) = re.findall(r"^```session\n(.*?)^```$", TEXT, re.M | re.S)
    command, _newline, expected = session.partition("\n")
    arguments, _less, _file = command.removeprefix("$ hmp ").partition(" < ")
    lines = re.findall(r"^\(qemu\) (.+)$", expected, re.M)
    path = tmp_path / "qmp.sock"
    with program("-m", "1G,slots=4,maxmem=8G", "-qmp", f"unix:{path},server=on,wait=off"):
        connected(path).close()
        words = shlex.split(arguments.replace("qmp.sock", str(path)))
        done = run("".join(f"{line}\n" for line in lines), *words)
    assert done.stdout == expected
    assert done.returncode == 1


def test_every_query_is_listed() -> None:
    from hmp.connect.answers import STATE

    for request in STATE.values():
        name = request.arguments.get("command-line", request.command)
        assert f"`{name}" in TEXT or request.command in ("query-status", "query-name"), name
