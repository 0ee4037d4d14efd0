"""Run a lesson without a terminal, for its author (--check-lesson), and say what is wrong."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HmpError
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.lessons.lesson import Lesson, Step
from hmp.lessons.library import lesson_path
from hmp.lessons.load import load_lesson
from hmp.lessons.progress import first_failure, is_done
from hmp.lessons.run import LessonRun
from hmp.session.pictures import with_pictures


class Report(NamedTuple):
    """What is wrong with a lesson, as FILE:LINE: MESSAGE, and what else there is to say of it."""

    problems: list[str]
    notes: list[str]


def verify_lesson(name: str, known: CommandSet[CommandInfo]) -> Report:
    """Run a lesson, whose lines may have the known commands, to its end."""
    try:
        lesson = load_lesson(name, known)
        return asyncio.run(_verify(name, lesson, known))
    except HmpError as error:
        return Report([error.message], [])


async def _verify(name: str, lesson: Lesson, known: CommandSet[CommandInfo]) -> Report:
    run = LessonRun(lesson)
    run.monitor.context.known = with_pictures(run.monitor.context.known)
    path, report = lesson_path(name), Report([], [])
    try:
        while (step := run.progress.step) is not None:
            problems = [*_problems_of_text(step), *_problems_of_run(run, step, known)]
            report.problems.extend(f"{path}:{line}: {text}" for line, text in problems)
            if not run.check_step():
                # What comes after it needs what it should have done.
                break
        report.notes.extend(run.progress.skipped)
    finally:
        run.close()
    if not report.problems:
        count = len(lesson.steps)
        report.notes.append(
            f"{path}: “{lesson.title}”, {count} step{'s' * (count != 1)}: all right"
        )
    return report


Problem = tuple[int, str]


def _problems_of_text(step: Step) -> list[Problem]:
    """Return what a step lacks for a person, with lines."""
    lacks = []
    if not step.text:
        lacks.append((step.line, f"the step “{step.title}” has no text that says what to do"))
    if not step.hint:
        lacks.append((step.line, f"the step “{step.title}” has no hint: > TEXT"))
    return lacks


def _problems_of_run(run: LessonRun, step: Step, known: CommandSet[CommandInfo]) -> list[Problem]:
    """Run the lines of a step; return what is wrong, with lines."""
    situation = run.progress.situation
    if is_done(step, situation):
        return [(step.check_lines[0], "the checks hold before anything is typed")]
    problems = []
    for line, number in zip(step.lines, step.command_lines, strict=True):
        if _is_of_console(run, line, known):
            continue
        error = _run_line(run, line)
        if error and not any(check.wants(error.message) for check in step.checks):
            message = to_unicode(error.message)
            problems.append((number, f"“{line}” is refused, which no check wants: {message}"))
    if not is_done(step, situation):
        problems.append(first_failure(step, situation))
    return problems


def _is_of_console(run: LessonRun, line: str, known: CommandSet[CommandInfo]) -> bool:
    """Return whether only the console has the command."""
    name = line.split()[0]
    return name in known.commands and name not in run.monitor.context.known.commands


def _run_line(run: LessonRun, line: str) -> HmpError | None:
    with run.machine.folder.entered():
        error = run.monitor.execute(to_latin1(line)).error
        run.monitor.machine.run_guest()
    run.record(line, error, is_of_lesson=True)
    return error
