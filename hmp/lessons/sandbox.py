"""The machine of a lesson: made from the lesson's command line, running, and driven by the event
loop.

What is done with it is not known here.
"""

from __future__ import annotations

from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.factory import create_machine
from hmp.errors import InputError
from hmp.lessons.lesson import Lesson
from hmp.machine.machine import Machine
from hmp.monitor import ignore
from hmp.serve.driver import MachineDriver


class LessonMachine:
    """A lesson's machine; InputError when its command line makes none. `close` unmaps
    everything.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.machine = _built(lesson.machine)
        self._turns = MachineDriver(self.machine)

    def close(self) -> None:
        """Nothing happens on the machine any more, and its memory is given back."""
        self._turns.end()
        self.machine.close()


def _built(options: str) -> Machine:
    try:
        machine, runs = create_machine(options, ignore)
    except (StartupError, EarlyExit, ValueError) as error:
        raise InputError(f"the lesson's machine can't be made: {error}") from None
    if runs:
        machine.run_state.start()
        machine.run_guest()
    return machine
