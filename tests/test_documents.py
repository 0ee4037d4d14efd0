"""The documents are true: their sessions, shell lines, Python and lessons are run, their links
lead somewhere, and what they name is there.

A block of no language with a `(qemu) ` is a session of the plain monitor, on the machine of its
first line if that is a `$ hmp`; `console` is one on the console, `screen` what Tab shows there;
`sh` is given to a shell, `sh root` to root's, and an `output` block after it is what it prints.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from hmp.console.line import CONSOLE_COMMANDS
from hmp.lessons.lesson import parse_lesson
from hmp.lessons.progress import is_done
from hmp.lessons.situation import Situation
from tests.keyboard import TAB, keyboard
from tests.support import ROOT, run_lines, start_monitor

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
MACHINE = "-m 1G,slots=3,maxmem=4G"
HUGE = "/mnt/huge"


class Block(NamedTuple):
    """A block of a document, and the output that is shown after it, if any."""

    document: Path
    line: int
    language: str
    text: str
    output: str | None = None

    def __str__(self) -> str:
        return f"{self.document.stem}-{self.line}"


def blocks() -> list[Block]:
    found: list[Block] = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for match in re.finditer(r"^(`{3,})([\w ]*)\n(.*?)^\1$", text, re.M | re.S):
            if match[2] == "output":
                found[-1] = found[-1]._replace(output=match[3])
            else:
                line = text.count("\n", 0, match.start()) + 1
                found.append(Block(document, line, match[2], match[3]))
    return found


BLOCKS = blocks()


def of(language: str, containing: str = "") -> list[Block]:
    return [block for block in BLOCKS if block.language == language and containing in block.text]


def parts_of(session: str) -> list[str]:
    """Return the lines of a session, each with its reply."""
    return re.split(r"^\(qemu\) ", session, flags=re.M)[1:]


@pytest.mark.parametrize("block", of("", "(qemu) "), ids=str)
def test_session(block: Block, request: pytest.FixtureRequest) -> None:
    text = block.text
    if HUGE in text:
        text = text.replace(HUGE, str(request.getfixturevalue("huge")))
        text = text.replace("64M", "8M")
    first = text.partition("\n")[0]
    machine = first.removeprefix("$ hmp ") if first.startswith("$ hmp ") else MACHINE
    with start_monitor(machine) as monitor:
        for part in parts_of(text):
            line, _newline, reply = part.partition("\n")
            assert run_lines(monitor, line) == reply, line


@pytest.mark.parametrize("block", of("console"), ids=str)
def test_session_on_the_console(block: Block) -> None:
    with keyboard(MACHINE) as terminal:
        for part in parts_of(block.text):
            line, _newline, reply = part.partition("\n")
            assert terminal.reply(line) == reply, line


@pytest.mark.parametrize("block", of("screen"), ids=str)
def test_screen(block: Block) -> None:
    first, *rest = block.text.splitlines()
    with keyboard(MACHINE) as terminal:
        terminal.type(first.removeprefix("(qemu) "), TAB)
        for line in rest:
            terminal.until(line.strip())


@pytest.mark.parametrize("block", of("sh"), ids=str)
def test_shell(block: Block, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "hmp"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m hmp "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-e"],
        input=block.text,
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    if block.output is not None:
        assert done.stdout == block.output


@pytest.mark.parametrize("block", of("sh root"), ids=str)
def test_shell_of_root(block: Block, tmp_path: Path) -> None:
    """In mounts of its own, with a file in the place of the pool that all tests share."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    pool = tmp_path / "nr_hugepages"
    pool.touch()
    own = f"mount -t tmpfs none /mnt\nmount --bind {pool} /proc/sys/vm/nr_hugepages\n"
    script = own + block.text
    subprocess.run(["unshare", "--mount", "sh", "-e"], input=script, text=True, check=True)
    assert pool.read_text() == "512\n"


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_python(block: Block, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(block.text)
    count = len(re.findall("^def test_", block.text, re.M))
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=count)


@pytest.mark.parametrize("block", of("markdown"), ids=str)
def test_lesson(block: Block) -> None:
    lesson = parse_lesson(block.text, CONSOLE_COMMANDS)
    with start_monitor(lesson.machine) as monitor:
        situation = Situation(monitor.machine)
        for step in lesson.steps:
            assert not is_done(step, situation)
            run_lines(monitor, *step.lines)
            assert is_done(step, situation)


@pytest.mark.parametrize(
    "document", [*DOCUMENTS, *ROOT.glob("docs/*/*.md")], ids=lambda it: it.stem
)
def test_links_resolve(document: Path) -> None:
    text = re.sub(r"^(`{3,}).*?^\1$", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://")):
            continue
        name, _hash, section = target.partition("#")
        found = document.parent / name if name else document
        assert found.exists(), target
        if section:
            headings = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.M)
            anchors = {re.sub(r"[^\w -]", "", item.lower()).replace(" ", "-") for item in headings}
            assert section in anchors, target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda item: item.stem)
def test_every_script_and_option_that_is_named_exists(document: Path) -> None:
    from hmp.cmdline.options import FLAGS, WITH_ARGUMENT

    if document.stem == "CHANGELOG":
        return
    text = document.read_text(encoding="utf-8")
    for name in set(re.findall(r"scripts/([a-z-]+)", text)):
        assert (ROOT / "scripts" / name).exists(), name
    for name in re.findall(r"`--([a-z][a-z-]*)`", text):
        assert name in FLAGS or name in WITH_ARGUMENT, name


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= 7000
