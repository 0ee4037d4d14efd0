"""Take back the last line that changed the machine, and do it again.

The guest is deterministic, so the machine as it was is made anew from the command line and the
lines since, each at the time at which it was typed. The present one stays until that has succeeded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.factory import create_machine
from hmp.console.context import ConsoleContext
from hmp.encoding import to_unicode
from hmp.errors import StateError
from hmp.lessons.read_only import is_read_only
from hmp.machine.backends.file import FileBackend
from hmp.machine.machine import Machine
from hmp.monitor import Monitor, error_text, ignore
from hmp.serve.event_loop import MachineDriver
from hmp.session.lines import ScriptLine
from hmp.text import wrap

# Those write a file, and leave the machine as it is.
WRITERS = ("dump-guest-memory", "memsave", "pmemsave")
# Others are somebody's connection to this machine, or a file that would be begun anew.
OWN_CHARDEVS = ("memory", "mux", "null", "ringbuf", "stdio", "vc")


class RebuildError(StateError):
    """The machine as it was can't be made: `line` is refused now, empty for the command line."""

    def __init__(self, line: str, reason: str) -> None:
        what = f"{line} is refused now" if line else "the machine can't be made again"
        super().__init__(f"nothing was undone, since {what}: {reason}")
        self.line = line


class LoggedLine(NamedTuple):
    """A line that was accepted (bytes, held in a Latin-1 str), and when, by the machine's clock."""

    name: str
    text: str
    at: float


class UndoLog:
    """The lines that were accepted on the console's own machine, and those that were taken back.

    `words` are the command line of the machine.
    """

    def __init__(self, context: ConsoleContext, words: Sequence[str]) -> None:
        self._context, self._words = context, [to_unicode(word) for word in words]
        self._start = context.machine.timers.clock()
        self._lines: list[LoggedLine] = []
        self._undone: list[LoggedLine] = []
        # What this log has made, and the console has to close.
        self._made: tuple[Machine, MachineDriver] | None = None

    def record(self, name: str, text: str, at: float) -> None:
        """Take note of an accepted line, with the name of its command."""
        if is_read_only(name):
            return
        self._lines.append(LoggedLine(name, text, at))
        if self._undone and self._undone[-1].text == text:
            self._undone.pop()
        else:
            self._undone.clear()

    def undo(self) -> str:
        """Take back the last line; return it.

        Raises:
            StateError: There is none, or the machine can't be made as it was; nothing has changed.
        """
        self._check()
        if not self._lines:
            raise StateError("nothing was changed here that could be undone")
        *before, last = self._lines
        if last.name in WRITERS:
            self._note(f"what {last.name} wrote stays in its file")
        else:
            self._replace(self._rebuild(before))
        self._lines.pop()
        self._undone.append(last)
        self._context.session.forget(last.text)
        return last.text

    def redo(self) -> None:
        """Have the line that was taken back last run again; raise StateError without one."""
        self._check()
        if not self._undone:
            raise StateError("no line was undone since the last change")
        self._context.session.source("redo", [ScriptLine(self._undone[-1].text, "redo", 1)])

    def _check(self) -> None:
        machine = self._context.machine
        if not machine.simulates_guest:
            raise StateError("undo is for hmp's own machine: start hmp without --connect")
        for device in machine.chardevs:
            if device.config.backend not in OWN_CHARDEVS:
                raise StateError(
                    f"undo is not possible while the character device {device.name} is there: "
                    "others may use it"
                )
        if image := _locked_image(machine):
            raise StateError(
                f"undo is not possible while the machine keeps the image {image} for itself: with "
                "file.locking=off its drive does not"
            )

    def _rebuild(self, lines: Sequence[LoggedLine]) -> Machine:
        """Return a machine on which these lines have run."""
        try:
            machine, runs = create_machine(self._words, ignore)
        except (StartupError, EarlyExit) as error:
            lines_of_error = error.lines if isinstance(error, StartupError) else [error.text]
            raise RebuildError("", "; ".join(lines_of_error)) from None
        clock, now = machine.timers.clock, self._start
        machine.timers.clock = lambda: now
        try:
            if runs:
                machine.run_state.start()
                machine.run_guest()
            monitor = Monitor(machine)
            for line in lines:
                now = line.at
                _run_again(monitor, line)
            machine.timers.clock = clock
        except BaseException:
            _close(machine)
            raise
        return machine

    def _replace(self, machine: Machine) -> None:
        """Have the console act on this machine, and close the present one."""
        present = self._context.machine
        for text in _what_stays(present, machine):
            self._note(text)
        # From here on nothing fails.
        self._context.attach_machine(machine)
        if self._made:
            self._made[1].end()
        self._made = machine, MachineDriver(machine)
        machine.run_guest()
        _close(present)

    def _note(self, text: str) -> None:
        output = self._context.output
        for line in wrap(text, output.size.columns, "→ "):
            output.note(line, "class:advice")

    def close(self) -> None:
        """Close the machine, if it was made here."""
        if self._made:
            machine, driver = self._made
            driver.end()
            machine.close()
            self._made = None


def _locked_image(machine: Machine) -> str:
    """Return the path of an image that no second machine may open; empty where there is none."""
    if not machine.has_drives:
        return ""
    backends, nodes = machine.block.all_backends(), machine.block.nodes.values()
    roots = [*nodes, *(backend.root for backend in backends if backend.root)]
    locks = (node.lock for root in roots for node in root.walk())
    return next((lock.path for lock in locks if lock and lock.is_exclusive), "")


def _run_again(monitor: Monitor, line: LoggedLine) -> None:
    if line.name in WRITERS:
        return
    monitor.machine.run_guest()
    reply = monitor.execute(line.text)
    monitor.machine.run_guest()
    if reply.error:
        raise RebuildError(line.text, error_text(reply.error).strip())


def _close(machine: Machine) -> None:
    """Close a machine that is replaced: the files of its backends are the other's, too."""
    for backend in _files(machine):
        backend.discard_data = False
    machine.close()


def _files(machine: Machine) -> list[FileBackend]:
    return [backend for backend in machine.backends if isinstance(backend, FileBackend)]


def _what_stays(present: Machine, earlier: Machine) -> Iterator[str]:
    """Yield what is not as it was before, as text."""
    now = {backend.path for backend in _files(present)}
    then = {backend.path for backend in _files(earlier)}
    for backend in _files(present):
        if backend.path not in then:
            yield f"the file {backend.mem_path} stays"
    for backend in _files(earlier):
        if backend.path not in now and backend.discard_data and backend.share:
            yield f"the contents of {backend.mem_path} are gone: discard-data=on"
