"""The machine of a lesson: built from the lesson's command line and driven by the event loop."""

from __future__ import annotations

from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.factory import create_machine
from hmp.errors import InputError
from hmp.lessons.lesson import Lesson
from hmp.machine.machine import Machine
from hmp.monitor import ignore
from hmp.serve.event_loop import MachineDriver


class LessonMachine:
    """A running machine for a lesson; raises InputError for an invalid command line."""

    def __init__(self, lesson: Lesson) -> None:
        self.machine = _create(lesson.machine)
        self._driver = MachineDriver(self.machine)

    def close(self) -> None:
        """Stop the machine's timers and unmap its memory."""
        self._driver.end()
        self.machine.close()


def _create(arguments: str) -> Machine:
    try:
        machine, runs = create_machine(arguments, ignore)
    except (StartupError, EarlyExit, ValueError) as error:
        raise InputError(f"the lesson's machine can't be made: {error}") from None
    if runs:
        machine.run_state.start()
        machine.run_guest()
    return machine
