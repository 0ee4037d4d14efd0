"""The machine of a lesson: built in a folder of its own from the lesson's command line, and driven
by the event loop.
"""

from __future__ import annotations

from hmp.cmdline.errors import StartupError
from hmp.cmdline.factory import create_machine
from hmp.encoding import to_unicode
from hmp.errors import InputError
from hmp.lessons.folder import LessonFolder
from hmp.lessons.lesson import Lesson
from hmp.machine.machine import Machine
from hmp.monitor import ignore
from hmp.serve.event_loop import MachineDriver


class LessonMachine:
    """A running machine for a lesson, and the folder of the lesson.

    Raises InputError for an invalid command line, HostError when there is no place for the folder.
    """

    def __init__(self, lesson: Lesson) -> None:
        self.folder = LessonFolder()
        try:
            with self.folder.entered():
                self.machine = _create(lesson.machine)
        except BaseException:
            self.folder.remove()
            raise
        self._driver = MachineDriver(self.machine)

    def close(self) -> None:
        """Stop the machine's timers, unmap its memory and remove the folder."""
        self._driver.end()
        self.machine.close()
        self.folder.remove()


def _create(arguments: str) -> Machine:
    try:
        machine, runs = create_machine(arguments, ignore)
    except StartupError as error:
        reason = to_unicode("; ".join(error.lines))
        raise InputError(f"the lesson's machine can't be made: {reason}") from None
    if runs:
        machine.run_state.start()
        machine.run_guest()
    return machine
