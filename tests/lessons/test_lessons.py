"""Every lesson is played: each step holds after its lines, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.console.line import CONSOLE_COMMANDS
from hmp.errors import HmpError, InputError
from hmp.lessons.lesson import parse_lesson
from hmp.lessons.library import lesson_names, lesson_titles
from hmp.lessons.load import load_lesson
from hmp.lessons.progress import LessonProgress, is_done, is_possible
from tests.support import run_lines, start_monitor


def test_there_are_six_lessons() -> None:
    assert lesson_names() == ["plug", "refused", "pages", "unplug", "stubborn", "virtio-mem"]
    assert [name for name, _title in lesson_titles()] == lesson_names()


@pytest.mark.parametrize("name", lesson_names())
def test_lesson(name: str) -> None:
    lesson = load_lesson(name, CONSOLE_COMMANDS)
    with start_monitor(lesson.machine) as monitor:
        for step in lesson.steps:
            assert step.text and step.hint, step.title
            if not is_possible(step):
                continue
            assert not is_done(step, monitor.machine), step.title
            run_lines(monitor, *step.lines)
            missing = [check.text for check in step.checks if not check.holds(monitor.machine)]
            assert not missing, (step.title, missing)


def test_hints_come_after_two_mistakes_and_steps_without_pages_are_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hmp.lessons.progress.huge_page_pools", list)
    progress = LessonProgress(load_lesson("pages", CONSOLE_COMMANDS))
    names = ("object_add", "info", "object_del", "help", "object_add", "object_del")
    assert [progress.record_attempt(name) for name in names] == [
        False,
        False,
        True,
        False,
        False,
        True,
    ]
    with start_monitor(progress.lesson.machine) as monitor:
        assert not progress.check_step(monitor.machine)
        for step in progress.lesson.steps:
            if is_possible(step):
                run_lines(monitor, *step.lines)
                assert progress.check_step(monitor.machine)
        assert progress.step is None and progress.skipped == ["Huge pages"]


def test_the_commands_of_a_step_are_no_mistakes() -> None:
    progress = LessonProgress(load_lesson("stubborn", CONSOLE_COMMANDS))
    assert [progress.record_attempt(name) for name in ("guest", "object_add", "stop", "cont")] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        ("no title", "a lesson begins with a title: # TITLE"),
        ("# Title\n", "a lesson has steps: ## TITLE"),
        ("# Title\n\n## Step\n\ntext\n", "step 'Step' needs a block of hmp and a block of check"),
        (
            "# T\n\n## S\n\nNeeds: 3 pages of lots\n\n```hmp\nstop\n```\n```check\nstopped\n```\n",
            "'lots' is no size of pages",
        ),
    ],
)
def test_invalid_lesson_is_rejected(markdown: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_lesson(markdown, CONSOLE_COMMANDS)
    assert caught.value.message == message


def test_lessons_by_name_number_and_path(tmp_path: Path) -> None:
    assert (
        load_lesson("1", CONSOLE_COMMANDS).title
        == load_lesson("plug", CONSOLE_COMMANDS).title
        == "Plug a DIMM"
    )
    with pytest.raises(HmpError, match="there is no lesson 'x'"):
        load_lesson("x", CONSOLE_COMMANDS)
    with pytest.raises(HmpError, match="No such file or directory"):
        load_lesson(f"{tmp_path}/x.md", CONSOLE_COMMANDS)
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe")
    with pytest.raises(HmpError, match="can't read"):
        load_lesson(f"{tmp_path}/bad.md", CONSOLE_COMMANDS)
