"""Every lesson that comes along is played: each step holds after its lines, and not before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.errors import HmpError, InputError
from hmp.lessons.checks import parse_check
from hmp.lessons.lesson import parse_lesson
from hmp.lessons.library import lesson_names, lesson_titles, load_lesson
from hmp.lessons.progress import LessonProgress, is_done, is_possible
from tests.support import monitor, say


def test_there_are_six_lessons() -> None:
    assert lesson_names() == ["plug", "refused", "pages", "unplug", "stubborn", "virtio-mem"]
    assert [name for name, _title in lesson_titles()] == lesson_names()


@pytest.mark.parametrize("name", lesson_names())
def test_lesson(name: str) -> None:
    lesson = load_lesson(name)
    with monitor(lesson.machine) as on:
        for step in lesson.steps:
            assert step.text and step.hint, step.title
            if not is_possible(step):
                continue
            assert not is_done(step, on.machine), step.title
            say(on, *step.lines)
            missing = [check.text for check in step.checks if not check.holds(on.machine)]
            assert not missing, (step.title, missing)


def test_hints_come_after_two_misses_and_steps_without_pages_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hmp.lessons.progress.huge_page_pools", list)
    progress = LessonProgress(load_lesson("pages"))
    names = ("object_add", "info", "object_del", "help", "object_add", "object_del")
    assert [progress.record_attempt(name) for name in names] == [
        False,
        False,
        True,
        False,
        False,
        True,
    ]
    with monitor(progress.lesson.machine) as on:
        assert not progress.check_step(on.machine)
        for step in progress.lesson.steps:
            if is_possible(step):
                say(on, *step.lines)
                assert progress.check_step(on.machine)
        assert progress.step is None and progress.skipped == ["Huge pages"]


def test_as_many_commands_as_a_step_takes_are_no_misses() -> None:
    progress = LessonProgress(load_lesson("stubborn"))
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
def test_what_is_no_lesson(markdown: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_lesson(markdown)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ("/objects/a", True),
        ("no /objects/a", False),
        ("no /objects/b", True),
        ("/objects/a size = 64M", True),
        ("/objects/a size > 64M", False),
        ("/objects/a size != 1G", True),
        ("/objects/a share = off", True),
        ("/objects/a nothing = 1", False),
        ("/objects/b size = 1", False),
        ("resident /objects/a = 0", True),
        ("pages /objects/a = 4K", True),
        ("pages /objects/b = 4K", False),
        ("plugged = 64M", True),
        ("slots free = 3", True),
        ("slots free >= 4", False),
        ("pending /machine/peripheral/d", False),
        ('last plug refused "busy"', False),
        ("running", True),
        ("stopped", False),
        ("unplug = refuse", True),
        ("/machine/peripheral/d slot <= 0", True),
        ("/machine/peripheral/d size < 1T", True),
    ],
)
def test_checks(line: str, holds: bool) -> None:
    with monitor() as on:
        say(
            on,
            "object_add memory-backend-ram,id=a,size=64M",
            "device_add pc-dimm,id=d,memdev=a",
            "guest policy unplug=refuse",
        )
        assert parse_check(line).holds(on.machine) is holds


@pytest.mark.parametrize(
    "line",
    [
        "",
        "whatever",
        "/objects/a size",
        "/objects/a size ~ 3",
        "resident = 3",
        "last plug refused busy",
        "plugged",
    ],
)
def test_what_is_no_check(line: str) -> None:
    with pytest.raises(InputError, match="is no check"):
        parse_check(line)


def test_lessons_by_name_number_and_path(tmp_path: Path) -> None:
    assert load_lesson("1").title == load_lesson("plug").title == "Plug a DIMM"
    with pytest.raises(HmpError, match="there is no lesson 'x'"):
        load_lesson("x")
    with pytest.raises(HmpError, match="No such file or directory"):
        load_lesson(f"{tmp_path}/x.md")
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe")
    with pytest.raises(HmpError, match="can't read"):
        load_lesson(f"{tmp_path}/bad.md")
