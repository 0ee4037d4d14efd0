"""Lessons on the console: shows the steps, looks at the machine after each line, and gives hints.

Each lesson has a machine of its own, and the console's machine is there again when the lesson ends.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from hmp.console.context import ConsoleContext
from hmp.console.output import Fragments
from hmp.errors import StateError
from hmp.monitor import Monitor

if TYPE_CHECKING:
    from hmp.lessons.progress import LessonProgress
    from hmp.lessons.sandbox import LessonMachine


_MARK = re.compile(r"`([^`\n]+)`|\*([^*\n]+)\*")


def render_inline(text: str) -> Fragments:
    """The text without its marks, each marked part in its style."""
    found: list[tuple[str, str]] = []
    at = 0
    for mark in _MARK.finditer(text):
        found.append(("class:lesson", text[at : mark.start()]))
        found.append(
            ("class:lesson.code", mark[1]) if mark[1] else ("class:lesson.stressed", mark[2])
        )
        at = mark.end()
    return [*found, ("class:lesson", text[at:])]


MAX_WIDTH = 88
NO_LESSON = "no lesson is going on; `learn` lists them"
OVER = "Look around as long as you like; learn stop gives you back your own machine.\n"
TITLE, GOOD, HINT = "class:lesson.title", "class:good", "class:hint"


class TutorialRunner:
    """Leads through one lesson at a time."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context
        self._pupil: LessonProgress | None = None
        self._before: Monitor | None = None
        self._stage: LessonMachine | None = None

    @property
    def topic(self) -> str:
        """The lesson and the step, for the toolbar; empty without a lesson."""
        if self._pupil is None:
            return ""
        step = (
            f"{self._pupil.number + 1}/{len(self._pupil.lesson.steps)}"
            if self._pupil.step
            else "done"
        )
        return f"{self._pupil.lesson.title} {step}"

    @property
    def progress(self) -> LessonProgress | None:
        """Who takes a lesson now."""
        return self._pupil

    def run_command(self, argument: str) -> Fragments:
        """What `learn` with this argument shows; HmpError for what can't be done."""
        if not argument:
            return self._present_step() if self._pupil and self._pupil.step else _list()
        if argument == "stop":
            return self._stop()
        if argument in ("hint", "show"):
            if self._pupil is None or self._pupil.step is None:
                raise StateError(NO_LESSON)
            return self._hint() if argument == "hint" else self._solution()
        return self._start(argument)

    def _start(self, name: str) -> Fragments:
        from hmp.lessons.library import load_lesson
        from hmp.lessons.progress import LessonProgress
        from hmp.lessons.sandbox import LessonMachine

        lesson = load_lesson(name)
        lesson_machine = LessonMachine(lesson)
        self.close()
        self._pupil, self._before, self._stage = (
            LessonProgress(lesson),
            self._context.monitor,
            lesson_machine,
        )
        self._context.attach_monitor(
            Monitor(lesson_machine.machine, to_stderr=self._before.context.to_stderr)
        )
        head: Fragments = [
            (TITLE, f"{lesson.title}\n"),
            *self._text(lesson.text),
            (HINT, self._filled(f"This machine: hmp {lesson.machine}") + "\n"),
        ]
        return [
            *head,
            *self._present_step(),
            (HINT, "learn hint, learn show and learn stop help you out.\n"),
        ]

    def _present_step(self) -> Fragments:
        assert self._pupil and self._pupil.step
        step = self._pupil.step
        count = len(self._pupil.lesson.steps)
        return [
            *self._skipped(),
            (TITLE, f"\n{self._pupil.number + 1}/{count} {step.title}\n"),
            *self._text(step.text),
        ]

    def _text(self, text: str) -> Fragments:
        """Paragraphs filled to the width of the screen; lists and indented lines stay as they
        are.
        """
        paragraphs = [
            part if part.startswith((" ", "- ", "* ")) else self._filled(part)
            for part in text.split("\n\n")
        ]
        return render_inline("\n\n".join(paragraphs) + "\n")

    def _filled(self, text: str) -> str:
        width = min(self._context.screen.size.columns, MAX_WIDTH) - 1
        return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)

    def _skipped(self) -> Fragments:
        assert self._pupil
        run_command, self._pupil.skipped = self._pupil.skipped, []
        return [
            (HINT, f"Left out, since the host has no such pages free: {title}\n")
            for title in run_command
        ]

    def _hint(self) -> Fragments:
        assert self._pupil and self._pupil.step
        return [(HINT, textwrap.indent(self._pupil.step.hint, "hint: ") + "\n")]

    def _solution(self) -> Fragments:
        assert self._pupil and self._pupil.step
        return [("", "".join(f"  {line}\n" for line in self._pupil.step.lines))]

    def _stop(self) -> Fragments:
        if self._pupil is None:
            raise StateError(NO_LESSON)
        self.close()
        return [(HINT, "This is the machine that you started with.\n")]

    def after_command(self, name: str) -> None:
        """After a command of that name: praise, a hint, or nothing."""
        if self._pupil is None or self._pupil.step is None:
            return
        if self._pupil.check_step(self._context.machine):
            self._context.screen.show([(GOOD, "✓ done\n"), *self._next()])
        elif self._pupil.record_attempt(name):
            self._context.screen.show(self._hint())

    def _next(self) -> Fragments:
        assert self._pupil
        if self._pupil.step:
            return self._present_step()
        return [
            *self._skipped(),
            (TITLE, f"That was “{self._pupil.lesson.title}”.\n"),
            (HINT, OVER),
        ]

    def close(self) -> None:
        """Back to the machine of before, if there is a lesson; the lesson's is unmapped."""
        if self._before and self._stage:
            self._context.attach_monitor(self._before)
            self._stage.close()
        self._pupil = self._before = self._stage = None


def _list() -> Fragments:
    from hmp.lessons.library import lesson_titles

    found = [(TITLE, "Lessons\n")]
    for number, (name, title) in enumerate(lesson_titles(), start=1):
        found += [("", f"  {number} "), (TITLE, f"{name:<11}"), ("", f"{title}\n")]
    return [*found, (HINT, "learn plug begins one; a file of your own: learn ./file.md\n")]
