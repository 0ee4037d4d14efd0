"""The three hints for a step: a nudge, the form of the commands, and the commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hmp.lessons.lesson import Lesson, Step
from hmp.lessons.read_only import is_read_only

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

GAP = "…"
_ID, _WORD = re.compile(r"\bid=([^,\s]+)"), re.compile(r"[^,=\s]+")
_VALUE = re.compile(r"(?<==)[^,\s]+")


def hints_of(step: Step) -> tuple[str, str, str]:
    """Return the hints, from the least to the most; the author may have written the second."""
    answer = [line for line in step.lines if not is_read_only(line.partition(" ")[0])]
    answer = answer or step.lines
    # Two lines may have the same form.
    form = step.form or "\n".join(dict.fromkeys(form_of(line) for line in answer))
    return step.hint, form, "\n".join(answer)


def names_of_lesson(lesson: Lesson, step: Step, machine: Machine) -> list[str]:
    """Return the names in the lines of a step that are those of steps before, and nothing is called
    so on this machine.
    """
    before = lesson.steps[: lesson.steps.index(step)]
    made = {name for one in before for line in one.lines for name in _ID.findall(line)}
    named = dict.fromkeys(name for line in step.lines for name in _WORD.findall(line))
    present = {*machine.objects.children, *machine.peripheral.children}
    return [name for name in named if name in made - present]


def form_of(line: str) -> str:
    """Return a command with gaps for what is to be found out: values, and words without a key."""
    name, *words = line.split()
    if any("=" in word for word in words):
        return _VALUE.sub(GAP, line)
    return " ".join((name, *(GAP for _word in words)))
