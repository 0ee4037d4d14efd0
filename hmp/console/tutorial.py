"""Run lessons on the console: show steps, check the machine after each command, give hints.

A lesson has a machine of its own; the console's machine is attached again when the lesson ends.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from hmp.console.context import ConsoleContext
from hmp.console.line import CONSOLE_COMMANDS
from hmp.console.output import Fragments
from hmp.errors import StateError
from hmp.monitor import Monitor
from hmp.session.session import Session

if TYPE_CHECKING:
    from hmp.lessons.lesson import Lesson
    from hmp.lessons.progress import LessonProgress
    from hmp.lessons.sandbox import LessonMachine


MAX_WIDTH = 88
NO_LESSON = "no lesson in progress; `learn` lists them"
LESSON_FINISHED = "Look around as long as you like; learn stop gives you back your own machine.\n"
TITLE, SUCCESS, HINT = "class:lesson.title", "class:success", "class:hint"
_INLINE_MARKUP = re.compile(r"`([^`\n]+)`|\*([^*\n]+)\*")


def render_inline(text: str) -> Fragments:
    """Return Markdown text as fragments, with the styles of `code` and *emphasis*."""
    fragments: list[tuple[str, str]] = []
    end = 0
    for found in _INLINE_MARKUP.finditer(text):
        fragments.append(("class:lesson", text[end : found.start()]))
        code, emphasis = found.groups()
        fragments.append(
            ("class:lesson.code", code) if code else ("class:lesson.emphasis", emphasis)
        )
        end = found.end()
    return [*fragments, ("class:lesson", text[end:])]


class TutorialRunner:
    """Runs at most one lesson at a time; `progress` is None without a lesson.

    `unconfirmed` is a lesson that begins once the user has confirmed it (`begin_confirmed`).
    """

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context
        self.progress: LessonProgress | None = None
        self.unconfirmed: Lesson | None = None
        self._previous: tuple[Monitor, Session] | None = None
        self._lesson_machine: LessonMachine | None = None

    @property
    def topic(self) -> str:
        """The lesson and the step, for the toolbar; empty without a lesson."""
        progress = self.progress
        if progress is None:
            return ""
        step = f"{progress.step_index + 1}/{len(progress.lesson.steps)}"
        return f"{progress.lesson.title} {step if progress.step else 'done'}"

    def run_command(self, argument: str) -> Fragments:
        """Run `learn` with an argument; raise HmpError when there is no such lesson."""
        if not argument:
            return self._present_step() if self.progress and self.progress.step else _list_lessons()
        if argument == "stop":
            return self._stop()
        if argument in ("hint", "show"):
            if self.progress is None or self.progress.step is None:
                raise StateError(NO_LESSON)
            return self._hint() if argument == "hint" else self._solution()
        return self._start(argument)

    def _start(self, name: str) -> Fragments:
        from hmp.lessons.library import is_built_in
        from hmp.lessons.load import load_lesson

        lesson = load_lesson(name, CONSOLE_COMMANDS)
        if is_built_in(name):
            return self._begin(lesson)
        summary = [("", self._fill(_summary(name, lesson)) + "\n")]
        if self._context.is_played:
            return [*summary, *self._begin(lesson)]
        self.unconfirmed = lesson
        return summary

    def begin_confirmed(self) -> Fragments:
        """Begin the lesson that waited for it; raise HmpError when its machine can't be made."""
        lesson, self.unconfirmed = self.unconfirmed, None
        assert lesson
        return self._begin(lesson)

    def _begin(self, lesson: Lesson) -> Fragments:
        from hmp.lessons.progress import LessonProgress
        from hmp.lessons.sandbox import LessonMachine

        # The present lesson ends only once the other one is sure to begin.
        lesson_machine = LessonMachine(lesson)
        self.close()
        previous = self._context.monitor
        self.progress = LessonProgress(lesson)
        self._previous = previous, self._context.session
        self._lesson_machine = lesson_machine
        self._context.attach_monitor(
            Monitor(lesson_machine.machine, to_stderr=previous.context.to_stderr),
            Session(lesson_machine.machine, shlex.split(lesson.machine)),
        )
        return [
            (TITLE, f"{lesson.title}\n"),
            *self._text(lesson.text),
            (HINT, self._fill(f"This machine: hmp {lesson.machine}") + "\n"),
            *self._present_step(),
            (HINT, "learn hint, learn show and learn stop help you out.\n"),
        ]

    def _present_step(self) -> Fragments:
        assert self.progress and self.progress.step
        step = self.progress.step
        number, count = self.progress.step_index + 1, len(self.progress.lesson.steps)
        return [
            *self._skipped(),
            (TITLE, f"\n{number}/{count} {step.title}\n"),
            *self._text(step.text),
        ]

    def _text(self, text: str) -> Fragments:
        """Return paragraphs filled to the width of the screen; lists and indented lines as is."""
        paragraphs = [
            part if part.startswith((" ", "- ", "* ")) else self._fill(part)
            for part in text.split("\n\n")
        ]
        return render_inline("\n\n".join(paragraphs) + "\n")

    def _fill(self, text: str) -> str:
        width = max(min(self._context.output.size.columns, MAX_WIDTH) - 1, 1)
        return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)

    def _skipped(self) -> Fragments:
        assert self.progress
        skipped, self.progress.skipped = self.progress.skipped, []
        return [
            (HINT, f"Skipped, since the host has no such pages free: {title}\n")
            for title in skipped
        ]

    def _hint(self) -> Fragments:
        assert self.progress and self.progress.step
        return [(HINT, textwrap.indent(self.progress.step.hint, "hint: ") + "\n")]

    def _solution(self) -> Fragments:
        assert self.progress and self.progress.step
        return [("", "".join(f"  {line}\n" for line in self.progress.step.lines))]

    def _stop(self) -> Fragments:
        if self.progress is None:
            raise StateError(NO_LESSON)
        self.close()
        return [(HINT, "This is the machine that you started with.\n")]

    def after_command(self, name: str) -> None:
        """Check the step after a command of that name; print the next step, a hint or nothing."""
        if self.progress is None or self.progress.step is None:
            return
        if self.progress.check_step(self._context.machine):
            self._context.output.show([(SUCCESS, "✓ done\n"), *self._next()])
        elif self.progress.record_attempt(name):
            self._context.output.show(self._hint())

    def _next(self) -> Fragments:
        assert self.progress
        if self.progress.step:
            return self._present_step()
        return [
            *self._skipped(),
            (TITLE, f"That was “{self.progress.lesson.title}”.\n"),
            (HINT, LESSON_FINISHED),
        ]

    def played_folder(self) -> AbstractContextManager[None]:
        """Return a context in which a line that a lesson types finds its files."""
        if self._lesson_machine and self._context.is_played:
            return self._lesson_machine.folder.entered()
        return nullcontext()

    def close(self) -> None:
        """Unmap the lesson's machine and attach the previous one; do nothing without a lesson."""
        if self._previous and self._lesson_machine:
            self._context.attach_monitor(*self._previous)
            self._lesson_machine.close()
        self.progress = self._previous = self._lesson_machine = None


def _summary(name: str, lesson: Lesson) -> str:
    """Return a line about a lesson of somebody else: what it does to the host."""
    count = lesson.command_count
    return (
        f"{name} is a lesson from elsewhere: “{lesson.title}”, with {count} "
        f"command{'s' * (count != 1)}. Its machine: hmp {lesson.machine}"
    )


def _list_lessons() -> Fragments:
    from hmp.lessons.library import lesson_titles

    fragments = [(TITLE, "Lessons\n")]
    for number, (name, title) in enumerate(lesson_titles(), start=1):
        fragments += [("", f"  {number} "), (TITLE, f"{name:<11}"), ("", f"{title}\n")]
    return [*fragments, (HINT, "learn plug begins one; a file of your own: learn ./file.md\n")]
