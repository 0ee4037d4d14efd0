"""Keep the progress in a lesson: the present step, the mistakes in it, and when to give a hint.

A step is done when its checks hold on the machine, whatever was typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.lessons.lesson import Lesson, Step
from hmp.machine.memory.host import pools

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MISTAKES_BEFORE_HINT = 2
READ_ONLY_COMMANDS = (
    "info",
    "help",
    "?",
    "explain",
    "map",
    "events",
    "learn",
    "print",
    "p",
    "x",
    "xp",
    "qom-get",
    "qom-list",
    "clear",
    "",
)


class LessonProgress:
    """The progress in one lesson.

    `step_index` counts from 0; `skipped` are titles of steps that the host can't do, until they
    are shown.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.step_index = 0
        self._attempts = 0
        self.skipped: list[str] = []
        self._skip()

    @property
    def step(self) -> Step | None:
        """The present step; None when the lesson is finished."""
        steps = self.lesson.steps
        return steps[self.step_index] if self.step_index < len(steps) else None

    def _skip(self) -> None:
        """Skip steps for which the host lacks huge pages."""
        while self.step and not is_possible(self.step):
            self.skipped.append(self.step.title)
            self.step_index += 1

    def check_step(self, machine: Machine) -> bool:
        """Go on to the next step if the present one is done; return whether it was."""
        if self.step is None or not is_done(self.step, machine):
            return False
        self.step_index, self._attempts = self.step_index + 1, 0
        self._skip()
        return True

    def record_attempt(self, name: str) -> bool:
        """Count a command that did not finish the step; return whether a hint is due.

        Read-only commands are no attempts. A step of N commands leaves N - 1 attempts before one
        counts as a mistake.
        """
        if self.step is None or is_read_only(name):
            return False
        self._attempts += 1
        needed = sum(not is_read_only(line.partition(" ")[0]) for line in self.step.lines)
        mistakes = self._attempts - needed + 1
        return mistakes > 0 and mistakes % MISTAKES_BEFORE_HINT == 0


def is_read_only(name: str) -> bool:
    """Return whether a command of that name changes nothing on the machine."""
    return name in READ_ONLY_COMMANDS


def is_done(step: Step, machine: Machine) -> bool:
    """Return whether all checks of a step hold."""
    return all(check.holds(machine) for check in step.checks)


def is_possible(step: Step) -> bool:
    """Return whether the host has the free huge pages that a step needs."""
    return not step.pages or any(
        pool.page_size == step.page_size and pool.free >= step.pages for pool in pools()
    )
