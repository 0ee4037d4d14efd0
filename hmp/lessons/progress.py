"""Keep the progress in a lesson: the present step, the mistakes in it, and when to give a hint.

A step is done when its checks hold, whatever was typed.
"""

from __future__ import annotations

from hmp.lessons.findings import Finding
from hmp.lessons.hints import hints_of, names_of_lesson
from hmp.lessons.lesson import Lesson, Step
from hmp.lessons.read_only import is_read_only
from hmp.lessons.situation import Situation
from hmp.machine.memory.host import huge_page_pools
from hmp.units import format_size

MISTAKES_BEFORE_HINT = 2


class LessonProgress:
    """The progress in one lesson on a machine of its own.

    `step_index` counts from 0; `skipped` are sentences about steps that were passed, for instance
    since the host can't do them, until they are shown.
    """

    def __init__(self, lesson: Lesson, situation: Situation, step_index: int = 0) -> None:
        self.lesson, self.situation = lesson, situation
        self.step_index = step_index
        self._attempts = self._hint_count = 0
        self._last_mistake = ""
        self.skipped: list[str] = []
        self._begin_step()

    @property
    def step(self) -> Step | None:
        """The present step; None when the lesson is finished."""
        steps = self.lesson.steps
        return steps[self.step_index] if self.step_index < len(steps) else None

    def _begin_step(self) -> None:
        """Skip steps that the host can't do, and begin the next one."""
        while self.step and (lack := what_lacks(self.step)):
            self.skipped.append(f"“{self.step.title}” is skipped: {lack}")
            self.step_index += 1
        self._attempts = self._hint_count = 0
        self.situation.begin_step()
        for check in self.step.checks if self.step else ():
            self.situation.needed[check] = check.found(self.situation)

    def go_on_from(self, before: LessonProgress) -> None:
        """Have the hints and refusals of the same step before a line was taken back."""
        self._hint_count, self._attempts = before._hint_count, before._attempts
        self.situation.refused[:] = before.situation.refused

    def check_step(self) -> bool:
        """Go on to the next step if the present one is done; return whether it was."""
        if self.step is None or not is_done(self.step, self.situation):
            return False
        self.step_index += 1
        self._begin_step()
        return True

    def mistake(self) -> str:
        """Return what was done otherwise than the step wants, empty where nothing was."""
        assert self.step
        found = findings(self.step, self.situation)
        return next((finding.text for finding in found if finding.is_mistake), "")

    def new_mistake(self) -> str:
        """Return the mistake; empty where it was returned before, and the last command was refused,
        for other reasons then.
        """
        last, self._last_mistake = self._last_mistake, self.mistake()
        is_known = self._last_mistake == last and self.situation.is_refused
        return "" if is_known else self._last_mistake

    def lack(self) -> str:
        """Return what the step wants and was not done yet; empty where there is a mistake."""
        assert self.step
        if self._last_mistake:
            return ""
        return next((finding.text for finding in findings(self.step, self.situation)), "")

    @property
    def has_hinted(self) -> bool:
        """Whether the nudge of the step was given."""
        return self._hint_count > 0

    def next_hint(self) -> str:
        """Return the next of the three hints for the step; the last one again and again."""
        assert self.step
        hints = hints_of(self.step)
        hint = hints[min(self._hint_count, len(hints) - 1)]
        self._hint_count += 1
        return "\n".join(filter(None, (hint, self.note_on_names()))) if hint is hints[-1] else hint

    def note_on_names(self) -> str:
        """Return which names in the step's lines are the lesson's and not the user's, as text."""
        assert self.step
        names = names_of_lesson(self.lesson, self.step, self.situation.machine)
        if not names:
            return ""
        listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
        return f"({listed}: so the lesson calls it, take your own name)"

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


def findings(step: Step, situation: Situation) -> list[Finding]:
    """Return why the checks of a step do not hold."""
    return [finding for check in step.checks if (finding := check.find(situation))]


def first_failure(step: Step, situation: Situation) -> tuple[int, str]:
    """Return the line in the file of the first check that does not hold, and why, for the author of
    the lesson.
    """
    for check, line in zip(step.checks, step.check_lines, strict=True):
        if finding := check.find(situation):
            return line, f"“{check.text}” does not hold after the step's own lines: {finding.text}"
    return step.line, "the step's own lines do not do it"


def is_done(step: Step, situation: Situation) -> bool:
    """Return whether all checks of a step hold."""
    return not findings(step, situation)


def what_lacks(step: Step) -> str:
    """Return what the host lacks for a step, empty when it has everything."""
    if not step.pages:
        return ""
    size = format_size(step.page_size)
    free = sum(pool.free for pool in huge_page_pools() if pool.page_size == step.page_size)
    if free >= step.pages:
        return ""
    return f"it needs {step.pages} free huge pages of {size}, and the host has {free}"
