"""Every lesson that comes along is played: each step holds after its lines, and not before them."""

from __future__ import annotations

import pytest

from hmp.lessons.course import lesson_names, load_lesson, titles
from hmp.lessons.pupil import is_done, is_possible
from tests.support import monitor, say


def test_there_are_six_lessons() -> None:
    assert lesson_names() == ["plug", "refused", "pages", "unplug", "stubborn", "virtio-mem"]
    assert [name for name, _title in titles()] == lesson_names()


@pytest.mark.parametrize("name", lesson_names())
def test_lesson(name: str) -> None:
    lesson = load_lesson(name)
    with monitor(lesson.machine) as on:
        for step in lesson.steps:
            assert step.text and step.hint, step.title
            if not is_possible(step):
                continue
            for line in step.lines:
                say(on, line)
            missing = [check.text for check in step.checks if not check.holds(on.machine)]
            assert not missing, (step.title, missing)


@pytest.mark.parametrize("name", lesson_names())
def test_no_step_is_done_before_its_lines(name: str) -> None:
    lesson = load_lesson(name)
    with monitor(lesson.machine) as on:
        for step in lesson.steps:
            if is_possible(step):
                assert not is_done(step, on.machine), step.title
                say(on, *step.lines)
