"""Type a lesson's lines into a console, at a person's pace, or when a presenter wants the next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from prompt_toolkit.input import PipeInput

from hmp.console.console import Console
from hmp.console.lessons.presenter import KEYS_TEXT, Action, Presenter
from hmp.errors import StateError
from hmp.lessons.lesson import Step
from hmp.lessons.library import lesson_path
from hmp.lessons.load import LessonFileError
from hmp.lessons.progress import LessonProgress, first_failure

KEY_DELAY_S, LINE_DELAY_S, CHARACTERS_READ_PER_S = 0.06, 1.2, 25
POLL_INTERVAL_S = 0.001
CTRL_D = "\x04"


class Typist:
    """Types a lesson into a console, then Ctrl-D, unless the presenter has taken the console."""

    def __init__(
        self, console: Console, keys: PipeInput, speed: float, presenter: Presenter | None
    ) -> None:
        self._console, self._keys, self._speed = console, keys, speed
        self._presenter = presenter

    async def play(self, name: str) -> None:
        """Type `learn` and the steps.

        Raises:
            StateError: The lesson did not begin.
            LessonFileError: A step was not done by its own lines.
        """
        if self._presenter:
            self._console.output.note(KEYS_TEXT)
        await self._enter(f"learn {name}")
        progress = self._console.tutorial.progress
        if progress is None:
            self._keys.send_text(CTRL_D)
            raise StateError(f"the lesson {name} did not begin")
        if self._presenter:
            await self._present(name, self._presenter)
        else:
            await self._play_through(name, progress)
        if not (self._presenter and self._presenter.is_free):
            self._keys.send_text(CTRL_D)

    async def _play_through(self, name: str, progress: LessonProgress) -> None:
        await self._read(progress.lesson.text)
        while (step := progress.step) is not None:
            await self._read(step.text)
            for line in step.lines:
                await self._enter(line)
            self._check_done(name, progress, step)

    def _check_done(self, name: str, progress: LessonProgress, step: Step) -> None:
        if progress.step is step:  # Its own lines did not solve it.
            self._keys.send_text(CTRL_D)
            line, reason = first_failure(step, progress.situation)
            raise LessonFileError(lesson_path(name), line, reason)

    async def _present(self, name: str, presenter: Presenter) -> None:
        lines = self._lines(name)
        while True:
            action = await presenter.action()
            if action is Action.BACK:
                self._console.tutorial.go_back()
                lines = self._lines(name)
            elif action is Action.FREE:
                self._console.context.is_played = False
                presenter.free()
                return
            elif action is Action.END or (line := next(lines, None)) is None:
                return
            else:
                await self._enter(line)

    def _lines(self, name: str) -> Iterator[str]:
        """Yield the lines of the present step and those after it, each when it is wanted."""
        tutorial = self._console.tutorial
        while (progress := tutorial.progress) and (step := progress.step):
            yield from step.lines
            self._check_done(name, progress, step)

    async def _enter(self, line: str) -> None:
        """Type a line at the prompt, and wait until it has run."""
        await self._wait_for_prompt(1)
        for character in line:
            if self._presenter:
                await self._presenter.going_on()
            self._keys.send_text(character)
            await self._pause(KEY_DELAY_S)
        await self._pause(LINE_DELAY_S / 2)
        count = self._console.prompt.prompt_count
        self._keys.send_text("\r")
        await self._wait_for_prompt(count + 1)
        await self._pause(LINE_DELAY_S)

    async def _wait_for_prompt(self, count: int) -> None:
        while self._console.prompt.prompt_count < count:
            await asyncio.sleep(POLL_INTERVAL_S)

    async def _read(self, text: str) -> None:
        """Pause as long as a person needs to read a text."""
        await self._pause(len(text) / CHARACTERS_READ_PER_S)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)
