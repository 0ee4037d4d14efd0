"""A link through virsh, of which one that plays recorded answers is on the PATH."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.libvirt import LibvirtLink
from hmp.connect.links.link import LinkError, RefusedError, Request, ask, monitor_line
from hmp.connect.links.target import parse_target
from tests.connect.test_recorded import CASES
from tests.support import PROGRAM, ROOT

FAKE = """#!{python}
import json, shlex, sys
answers = json.load(open({recorded!r}))
words = shlex.split(sys.argv[-1])
assert sys.argv[1:-1] == ["-q", "-c", "test:///x"], sys.argv
while words:
    command, domain, text, *rest = words
    words = rest[1:]
    assert command == "qemu-monitor-command"
    if domain != "vm's":
        sys.exit("error: failed to get domain 'other'")
    request = json.loads(text)
    name = " ".join([request["execute"], *map(str, request.get("arguments", {}).values())])
    if name in answers:
        print(json.dumps({"return": answers[name], "id": "libvirt-1"}))
    else:
        print(json.dumps({"error": {"class": "GenericError", "desc": name}}))
"""
VERSION = {"qemu": {"major": 11, "minor": 1, "micro": 3}}


@pytest.fixture
def virsh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    recorded = tmp_path / "answers.json"
    answers = {**CASES[0].answers, "query-version": VERSION}
    answers["human-monitor-command it's"] = "a 'quoted' reply\r\n"
    recorded.write_text(json.dumps(answers))
    program = tmp_path / "virsh"
    text = FAKE.replace("{recorded!r}", repr(str(recorded)))
    program.write_text(text.replace("{python}", sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return program


def link(domain: str = "vm's") -> LibvirtLink:
    return LibvirtLink(parse_target(f"libvirt:{domain}@test:///x"), Inbox().put)


def test_a_domain(virsh: Path) -> None:
    found = link()
    assert found.version == "11.1.3"
    machine = Connection(found, Inbox()).machine
    assert len(machine.memory_devices) == len(CASES[0].answers["query-memory-devices"])
    reply, refused = ask(found, [monitor_line("it's"), Request("nope")])
    assert reply == "a 'quoted' reply\r\n"
    assert isinstance(refused, RefusedError)
    assert refused.message == "nope"
    found.close()


def test_no_domain(virsh: Path) -> None:
    with pytest.raises(LinkError, match="failed to get domain 'other'"):
        link("other")


def test_no_virsh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LinkError, match="virsh: No such file or directory"):
        link()


def test_the_program_tells_what_libvirt_does_about_it(virsh: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "--connect", "libvirt:vm's@test:///x", "-e", "info numa"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert "tainted whose monitor is used, and what is plugged here is missing" in done.stderr
    assert "node 0 size" in done.stdout
    assert done.returncode == 0
