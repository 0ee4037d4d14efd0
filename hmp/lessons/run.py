"""A lesson that is being taken or played: its machine, the progress, and the lines that led there.

The guest is deterministic, so a machine as it was before is made anew from the lines since.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import NamedTuple

from hmp.encoding import to_latin1
from hmp.errors import HmpError, StateError
from hmp.lessons.lesson import Lesson
from hmp.lessons.progress import LessonProgress
from hmp.lessons.read_only import is_read_only
from hmp.lessons.sandbox import LessonMachine
from hmp.lessons.situation import Situation
from hmp.monitor import Monitor, ignore
from hmp.session.commands import known_commands
from hmp.session.session import Session

NOTHING_TO_UNDO = "nothing was done in this step; `learn again` begins it anew"


class LoggedLine(NamedTuple):
    """A line that was accepted, and whether it is one of the lesson, whose files are in the
    lesson's folder.
    """

    text: str
    is_of_lesson: bool


class LessonRun:
    """A lesson on a machine of its own, from a step on: those before are done at once.

    Raises:
        HmpError: The machine can't be made.
    """

    def __init__(
        self, lesson: Lesson, to_stderr: Callable[..., None] = ignore, step_index: int = 0
    ) -> None:
        self.lesson, self._to_stderr = lesson, to_stderr
        self._log: list[LoggedLine] = []
        # How many lines there were when each step began.
        self._marks: dict[int, int] = {}
        self._make(self._lines_of(0, step_index), step_index)

    def _make(
        self, lines: list[LoggedLine], step_index: int, lines_before: int | None = None
    ) -> None:
        """Make a machine on which these lines have run, and begin a step on it: after
        `lines_before` of them, by default after all.
        """
        start = len(lines) if lines_before is None else lines_before
        machine = LessonMachine(self.lesson)
        monitor = Monitor(machine.machine, to_stderr=self._to_stderr)
        session = Session(machine.machine, shlex.split(self.lesson.machine))
        monitor.context.known = known_commands(session, monitor.context.commands)
        for line in lines[:start]:
            _run(machine, monitor, session, line)
        progress = LessonProgress(self.lesson, Situation(machine.machine), step_index)
        for line in lines[start:]:
            progress.situation.record(_run(machine, monitor, session, line))
        # From here on nothing fails.
        self.machine, self.monitor, self.session = machine, monitor, session
        self._log, self.progress = lines, progress
        self._marks[progress.step_index] = start

    def record(self, line: str, error: HmpError | None, is_of_lesson: bool) -> None:
        """Take note of a line that was run."""
        self.progress.situation.record(error)
        if not error:
            self._log.append(LoggedLine(line, is_of_lesson))

    def check_step(self) -> bool:
        """Go on to the next step if the present one is done; return whether it was."""
        is_done = self.progress.check_step()
        if is_done:
            self._marks[self.progress.step_index] = len(self._log)
        return is_done

    def pass_done_steps(self) -> None:
        """Go on to the first step that is not done already, by what was typed for those before."""
        while (step := self.progress.step) and self.check_step():
            self.progress.skipped.append(f"“{step.title}” is done already")

    def again(self) -> None:
        """Begin the present step anew, on the machine as it was then."""
        self._remake(self._log[: self._start], self.progress.step_index)

    def undo(self) -> str:
        """Take back the last line of the step that changed something, and return it; raise
        StateError without one.
        """
        at = len(self._log)
        while at > self._start:
            at -= 1
            line = self._log[at].text
            if not is_read_only(line.partition(" ")[0]):
                before = self.progress
                self._remake(self._log[:at], before.step_index, self._start)
                self.progress.go_on_from(before)
                return line
        raise StateError(NOTHING_TO_UNDO)

    def skip(self) -> bool:
        """Do what the step wants, from its beginning, and go on to the next one; return whether
        that was possible on the user's machine, and not only on one as the lesson's lines make it.
        """
        index, start = self.progress.step_index, self._start
        lines = self._lines_of(index, index + 1)
        self._remake([*self._log[:start], *lines], index, start)
        if self.check_step():
            return True
        self._remake(self._lines_of(0, index + 1), index + 1)
        return False

    def _lines_of(self, first: int, end: int) -> list[LoggedLine]:
        """Return the lesson's own lines for some of its steps."""
        steps = self.lesson.steps[first:end]
        return [LoggedLine(line, is_of_lesson=True) for step in steps for line in step.lines]

    def back(self) -> None:
        """Begin the step before the present one, or the first one, anew."""
        index = max((at for at in self._marks if at < self.progress.step_index), default=0)
        self._remake(self._log[: self._marks.get(index, 0)], index)

    @property
    def _start(self) -> int:
        """Number of lines that there were when the present step began."""
        return self._marks[self.progress.step_index]

    def _remake(
        self, lines: list[LoggedLine], step_index: int, lines_before: int | None = None
    ) -> None:
        before = self.machine
        self._make(lines, step_index, lines_before)
        before.close()

    def close(self) -> None:
        """Unmap the machine's memory, and remove the folder."""
        self.machine.close()


def _run(
    machine: LessonMachine, monitor: Monitor, session: Session, line: LoggedLine
) -> HmpError | None:
    """Run a line; return its error."""
    with machine.folder.entered_if(line.is_of_lesson):
        reply = monitor.execute(to_latin1(line.text))
        machine.machine.run_guest()
    if not reply.failed:
        session.record(line.text.partition(" ")[0], to_latin1(line.text))
    return reply.error
