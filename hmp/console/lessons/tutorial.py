"""Run lessons on the console: show steps, check them after each command, say what is wrong, give
hints.

A lesson has a machine of its own; the console's machine is attached again when the lesson ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from hmp.console.context import ConsoleContext
from hmp.console.lessons.text import (
    ADVICE,
    HINT,
    SUCCESS,
    TITLE,
    fill,
    fill_command,
    lesson_list,
    render_text,
    summary,
)
from hmp.console.line import CONSOLE_COMMANDS
from hmp.console.output import Fragments
from hmp.errors import HmpError, HostError, StateError
from hmp.lessons.read_only import is_read_only
from hmp.monitor import Monitor
from hmp.session.session import Session
from hmp.text import shorten

if TYPE_CHECKING:
    from hmp.lessons.lesson import Lesson, Step
    from hmp.lessons.progress import LessonProgress
    from hmp.lessons.run import LessonRun

NO_LESSON = "no lesson in progress; `learn` lists them"
IS_FINISHED = "the lesson is finished: learn next begins the next one, learn stop ends this one"
OTHERWISE_SKIPPED = (
    "The lesson's own lines do not fit what you made, so the machine is now as they alone make it."
)
LESSON_FINISHED = (
    "Look around as long as you like; learn next begins the next lesson, learn stop gives you back "
    "your own machine."
)
WAYS_OUT = "learn hint, show, again, undo, skip and stop help you out."


class TutorialRunner:
    """Runs at most one lesson at a time; `progress` is None without a lesson.

    `unconfirmed` is a lesson that begins once the user has confirmed it (`begin_confirmed`).
    """

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context
        self.run: LessonRun | None = None
        self.unconfirmed: Lesson | None = None
        self._previous: tuple[Monitor, Session] | None = None
        # The name under which the result is kept, empty for a lesson that is not in the list.
        self._name = ""
        self._verbs: dict[str, Callable[[], Fragments]] = {
            "stop": self._stop,
            "next": self._next_lesson,
            "hint": self._hint,
            "show": self._solution,
            "again": self._again,
            "undo": self._undo,
            "skip": self._skip,
        }

    @property
    def progress(self) -> LessonProgress | None:
        """The progress in the present lesson."""
        return self.run.progress if self.run else None

    @property
    def topic(self) -> str:
        """The lesson and the step, for the toolbar; empty without a lesson."""
        progress = self.progress
        if progress is None:
            return ""
        step = f"{progress.step_index + 1}/{len(progress.lesson.steps)}"
        # Of a long title the end is left out, and not the step and the machine's state.
        title, room = progress.lesson.title, self._context.output.size.columns // 2 - len(step)
        return f"{shorten(title, room - 1)} {step if progress.step else 'done'}"

    def run_command(self, argument: str) -> Fragments:
        """Run `learn` with an argument; raise HmpError when there is no such lesson."""
        from hmp.lessons.library import list_number

        if not argument:
            if self.progress and self.progress.step:
                return self._present_step()
            return lesson_list(self._context.output.size)
        if argument in self._verbs:
            return self._verbs[argument]()
        name, _blank, number = argument.rpartition(" ")
        if name and (step := list_number(number)):
            return self._start(name, step - 1)
        return self._start(argument)

    def _start(self, name: str, step_index: int | None = None) -> Fragments:
        """Begin a lesson at a step, or where the user left it."""
        from hmp.lessons.library import listed_name
        from hmp.lessons.load import load_lesson

        lesson = load_lesson(name, CONSOLE_COMMANDS)
        if listed := listed_name(name):
            return self._begin(lesson, listed, step_index)
        shown = [("", self._fill(summary(name, lesson)) + "\n")]
        if self._context.is_played:
            return [*shown, *self._begin(lesson)]
        self.unconfirmed = lesson
        return shown

    def begin_confirmed(self) -> Fragments:
        """Begin the lesson that waited for it; raise HmpError when its machine can't be made."""
        lesson, self.unconfirmed = self.unconfirmed, None
        assert lesson
        return self._begin(lesson)

    def _begin(self, lesson: Lesson, name: str = "", step_index: int | None = None) -> Fragments:
        from hmp.lessons.run import LessonRun

        if step_index is None:
            step_index = self._steps_done(lesson, name)
        # The present lesson ends only once the other one is sure to begin.
        previous = self._previous or (self._context.monitor, self._context.session)
        step_index = min(step_index, len(lesson.steps) - 1)
        run = LessonRun(lesson, previous[0].context.to_stderr, step_index)
        self.close()
        self.run, self._previous, self._name = run, previous, name
        self._context.attach_monitor(run.monitor, run.session)
        resumed = f"The steps before are done, as you left it; learn {name} 1 begins anew."
        return [
            (TITLE, self._fill(lesson.title) + "\n"),
            *self._text(lesson.text),
            (HINT, self._fill(f"This machine: hmp {lesson.machine}") + "\n"),
            *([(HINT, self._fill(resumed) + "\n")] if step_index and name else []),
            (HINT, self._fill(WAYS_OUT) + "\n"),
            # Last, so that a short screen shows all of it.
            *self._present_step(),
        ]

    def _steps_done(self, lesson: Lesson, name: str) -> int:
        """Return the number of steps that were done when the user left an unfinished lesson."""
        if not name or self._context.is_played:
            return 0
        from hmp.lessons.results import load_results

        found = load_results().get(name)
        return found.steps if found and found.steps < len(lesson.steps) else 0

    def _next_lesson(self) -> Fragments:
        from hmp.lessons.library import lesson_names

        names = lesson_names()
        at = names.index(self._name) + 1 if self._name in names else 0
        if at == len(names):
            raise StateError("this is the last lesson; `learn` lists them")
        return self._start(names[at])

    def _present_step(self) -> Fragments:
        assert self.progress and self.progress.step
        step = self.progress.step
        number, count = self.progress.step_index + 1, len(self.progress.lesson.steps)
        return [
            *self._skipped(),
            (TITLE, "\n" + self._fill(f"{number}/{count} {step.title}") + "\n"),
            *self._text(step.text),
        ]

    def _fill(self, text: str) -> str:
        return fill(text, self._context.output.size.columns)

    def _text(self, text: str) -> Fragments:
        return render_text(text, self._context.output.size.columns)

    def _skipped(self) -> Fragments:
        assert self.progress
        skipped, self.progress.skipped = self.progress.skipped, []
        return [(HINT, self._fill(f"{sentence}.") + "\n") for sentence in skipped]

    def _step(self) -> Step:
        """Return the present step; raise StateError without one."""
        if self.progress is None or self.progress.step is None:
            raise StateError(IS_FINISHED if self.run else NO_LESSON)
        return self.progress.step

    def _hint(self) -> Fragments:
        self._step()
        assert self.progress
        columns = self._context.output.size.columns
        is_nudge = not self.progress.has_hinted
        shape = fill if is_nudge else fill_command
        lines = self.progress.next_hint().split("\n")
        return [(HINT, "".join(f"{shape(f'hint: {line}', columns)}\n" for line in lines))]

    def _solution(self) -> Fragments:
        columns = self._context.output.size.columns
        step = self._step()
        assert self.progress
        shown = filter(None, (*step.lines, self.progress.note_on_names()))
        lines = (fill_command(f"  {line}", columns) for line in shown)
        return [("", "".join(f"{line}\n" for line in lines))]

    def _undo(self) -> Fragments:
        self._step()
        assert self.run
        line = self.run.undo()
        self._context.attach_monitor(self.run.monitor, self.run.session)
        text = fill_command(f"taken back: {line}", self._context.output.size.columns)
        return [(HINT, f"{text}\n")]

    def _again(self) -> Fragments:
        self._step()
        assert self.run
        self.run.again()
        self._context.attach_monitor(self.run.monitor, self.run.session)
        return self._next()

    def _skip(self) -> Fragments:
        self._step()
        assert self.run
        was_possible = self.run.skip()
        self.run.pass_done_steps()
        self._context.attach_monitor(self.run.monitor, self.run.session)
        self._keep_result()
        note = [] if was_possible else [(HINT, self._fill(OTHERWISE_SKIPPED) + "\n")]
        return [*note, *self._next()]

    def go_back(self) -> None:
        """Begin the step before the present one, or the first one, anew, and show it."""
        if self.run:
            self.run.back()
            self._context.attach_monitor(self.run.monitor, self.run.session)
            self._context.output.show(self._present_step())

    def _stop(self) -> Fragments:
        if self.run is None:
            raise StateError(NO_LESSON)
        self.close()
        return [(HINT, self._fill("This is the machine that you started with.") + "\n")]

    def record(self, line: str, error: HmpError | None) -> None:
        """Take note of a line that was run on the lesson's machine."""
        if self.run:
            self.run.record(line, error, self._context.is_played)

    def after_command(self, name: str) -> bool:
        """Check the step after a command of that name, and print the next step, what is wrong, or a
        hint; return whether the step is done.
        """
        if self.run is None or self.run.progress.step is None:
            return False
        progress = self.run.progress
        if self.run.check_step():
            if not self._context.is_played:
                self.run.pass_done_steps()
            self._context.output.show([(SUCCESS, "✓ done\n"), *self._next()])
            self._keep_result()
            return True
        is_due = progress.record_attempt(name)
        mistake = "" if is_read_only(name) else progress.new_mistake()
        if told := mistake or (progress.lack() if is_due else ""):
            self._context.output.show([(ADVICE, self._fill(told) + "\n")])
        if is_due and not mistake:
            self._context.output.show(self._hint())
        return False

    def _next(self) -> Fragments:
        assert self.progress
        if self.progress.step:
            return self._present_step()
        return [
            *self._skipped(),
            (TITLE, self._fill(f"That was “{self.progress.lesson.title}”.") + "\n"),
            (HINT, self._fill(LESSON_FINISHED) + "\n"),
        ]

    def _keep_result(self) -> None:
        """Keep how far the user has come in a lesson of the list."""
        if self.progress is None or not self._name or self._context.is_played:
            return
        from hmp.lessons.results import Result, load_results, save_result

        is_finished = self.progress.step is None
        was_finished = load_results().get(self._name, Result()).is_finished
        count = len(self.progress.lesson.steps)
        result = Result(self.progress.step_index, count, is_finished or was_finished)
        try:
            save_result(self._name, result)
        except HostError as error:
            self._context.output.note(f"the progress is not kept: {error.message}", "class:error")
            self._name = ""

    def played_folder(self) -> AbstractContextManager[None]:
        """Return a context in which a line that a lesson types finds its files."""
        if self.run and self._context.is_played:
            return self.run.machine.folder.entered()
        return nullcontext()

    def close(self) -> None:
        """Unmap the lesson's machine and attach the previous one; do nothing without a lesson."""
        if self._previous and self.run:
            self._context.attach_monitor(*self._previous)
            self.run.close()
        self.run = self._previous = None
        self._name = ""
