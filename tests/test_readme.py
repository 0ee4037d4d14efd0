"""The README is true: its sessions and its Python are run."""

from __future__ import annotations

import re

import pytest

from hmp.console.line import CONSOLE_COMMANDS
from hmp.lessons.lesson import parse_lesson
from hmp.lessons.progress import is_done
from tests.keyboard import TAB, keyboard
from tests.support import ROOT, run_lines, start_monitor

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
SESSIONS = [
    text
    for language, text in BLOCKS
    if "(qemu) " in text and "# mount" not in text and not language
]
CONSOLE = [text for language, text in BLOCKS if language == "console"]
SCREENS = [text for language, text in BLOCKS if language == "screen"]
LESSON = re.findall(r"^````markdown\n(.*?)^````$", README, re.M | re.S)


@pytest.mark.parametrize("session", CONSOLE, ids=range(len(CONSOLE)))
def test_session_on_the_console(session: str) -> None:
    with keyboard("-m 1G,slots=3,maxmem=4G") as terminal:
        for part in re.split(r"^\(qemu\) ", session, flags=re.M)[1:]:
            line, _newline, reply = part.partition("\n")
            assert terminal.reply(line) == reply, line


@pytest.mark.parametrize("screen", SCREENS, ids=range(len(SCREENS)))
def test_screen(screen: str) -> None:
    first, *rest = screen.splitlines()
    with keyboard("-m 1G,slots=3,maxmem=4G") as terminal:
        terminal.type(first.removeprefix("(qemu) "), TAB)
        for line in rest:
            terminal.until(line.strip())


def test_the_lesson() -> None:
    (text,) = LESSON
    lesson = parse_lesson(text, CONSOLE_COMMANDS)
    with start_monitor(lesson.machine) as monitor:
        for step in lesson.steps:
            assert not is_done(step, monitor.machine)
            run_lines(monitor, *step.lines)
            assert is_done(step, monitor.machine)


@pytest.mark.parametrize("session", SESSIONS, ids=range(len(SESSIONS)))
def test_session(session: str) -> None:
    parts = re.split(r"^\(qemu\) ", session, flags=re.M)[1:]
    with start_monitor("-m 1G,slots=3,maxmem=4G") as monitor:
        for part in parts:
            line, _newline, reply = part.partition("\n")
            assert run_lines(monitor, line) == reply, line


def test_python(pytester: pytest.Pytester) -> None:
    (text,) = (text for language, text in BLOCKS if language == "python")
    pytester.makepyfile(text)
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=3)


def test_every_script_and_option_that_is_named_exists() -> None:
    from hmp.cmdline.options import FLAGS, WITH_ARGUMENT

    for name in set(re.findall(r"scripts/([a-z-]+)", README)):
        assert (ROOT / "scripts" / name).exists(), name
    for name in re.findall(r"`--?([a-z][a-z-]*)`", README):
        assert name in FLAGS or name in WITH_ARGUMENT, name
