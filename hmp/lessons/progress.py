"""How far somebody is in a lesson: which step, how many misses, when a hint is due.

The machine's state is asked after each line; what was typed does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.lessons.lesson import Lesson, Step
from hmp.machine.memory.host import huge_page_pools

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MISSES_BEFORE_HINT = 2
LOOKING = (
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
    """Somebody who takes a lesson."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.number = 0
        self._tries = 0
        self.skipped: list[str] = []
        self._skip()

    @property
    def step(self) -> Step | None:
        """The present step; None when the lesson is over."""
        return self.lesson.steps[self.number] if self.number < len(self.lesson.steps) else None

    def _skip(self) -> None:
        """Leave out steps for which the host lacks huge pages."""
        while self.step and not is_possible(self.step):
            self.skipped.append(self.step.title)
            self.number += 1

    def check_step(self, machine: Machine) -> bool:
        """Look whether the present step is done, and go on to the next one if it is."""
        if self.step is None or not is_done(self.step, machine):
            return False
        self.number, self._tries = self.number + 1, 0
        self._skip()
        return True

    def record_attempt(self, name: str) -> bool:
        """Count a command after which the step is still not done; whether a hint is due.

        Looking is no miss, and neither are as many commands as the step takes, but for the last.
        """
        if self.step is None or is_read_only(name):
            return False
        self._tries += 1
        needed = sum(not is_read_only(line.partition(" ")[0]) for line in self.step.lines)
        misses = self._tries - needed + 1
        return misses > 0 and misses % MISSES_BEFORE_HINT == 0


def is_read_only(name: str) -> bool:
    """Whether a command of that name changes nothing."""
    return name in LOOKING


def is_done(step: Step, machine: Machine) -> bool:
    """Whether everything holds that a step asks for."""
    return all(check.holds(machine) for check in step.checks)


def is_possible(step: Step) -> bool:
    """Whether the host has the huge pages that a step needs."""
    return not step.pages or any(
        pool.page_size == step.page_size and pool.free >= step.pages for pool in huge_page_pools()
    )
