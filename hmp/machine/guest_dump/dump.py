"""dump-guest-memory as an operation of the machine: checks, run state, and the work itself, at once
or while the machine goes on answering (docs/qemu-behaviour/dump.md §1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.errors import (
    HmpError,
    HostCallError,
    HostError,
    MissingParameterError,
    ParameterError,
    StateError,
)
from hmp.machine import system_calls
from hmp.machine.guest_dump.blocks import filtered, memory_blocks
from hmp.machine.guest_dump.elf import SAVE_FAILED, elf_format, write_elf
from hmp.machine.guest_dump.notes import cpu_notes
from hmp.machine.guest_dump.request import (
    AVAILABLE,
    ELF,
    MISSING_COMPRESSION,
    WIN_DMP,
    DumpRequest,
    DumpStatus,
)
from hmp.machine.memory.dump import CREATE, SavedFile, removing_interrupted
from hmp.machine.progress import report_progress
from hmp.machine.run_state import DumpInProgressError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# Only the owner may read what was in the memory of a guest (experiment: ls).
FILE_MODE = 0o400
# Between two pieces of a detached dump, so that clients are served.
PAUSE_S = 0.001


class DumpFileError(HostError):
    """The file of a dump can't be made."""

    def __init__(self, path: str, errno: int) -> None:
        found = HostError.from_errno(f"Could not create '{path}'", errno)
        super().__init__(found.message)
        self.path, self.errno = path, errno


class NoMemoryToDumpError(StateError):
    """There is no guest memory between the two addresses."""

    def __init__(self) -> None:
        super().__init__("dump: no guest memory to dump")


class GuestDump:
    """The last dump of a machine: its status, the bytes that it has in `total`, and those `done`.

    The machine is stopped while it works.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.status = DumpStatus.NONE
        self.total = self.done = 0
        self._work: Iterator[int] = iter(())
        self._descriptor = -1

    def check(self, request: DumpRequest) -> None:
        """Raise the error of a request that can't be followed, before a file is made for it."""
        if self.status is DumpStatus.ACTIVE:
            raise DumpInProgressError
        selects = request.paging or request.begin is not None or request.length is not None
        if request.format != ELF and selects:
            raise StateError("kdump-compressed format doesn't support paging or filter")
        for name, present, other in (
            ("length", request.length, request.begin),
            ("begin", request.begin, request.length),
        ):
            if present is None and other is not None:
                raise MissingParameterError(name)
        if request.format == WIN_DMP:
            raise StateError("win-dump: no vmcoreinfo note from the guest")
        if request.format in MISSING_COMPRESSION:
            raise StateError(MISSING_COMPRESSION[request.format])
        if request.format not in AVAILABLE:
            raise StateError(f"{request.format}: compressed dumps are not supported by hmp")

    def start(self, request: DumpRequest, path: str) -> Iterator[None]:
        """Make the file and dump into it, a piece at each step; with `detach` there are no steps,
        and the dump goes on by itself.

        Raises:
            HmpError: The request can't be followed, the file can't be made, or written. What was
                written stays in it, unless the user interrupts it.
        """
        self.check(request)
        try:
            self._descriptor = system_calls.open_file(path.encode("latin-1"), CREATE, FILE_MODE)
        except HostCallError as error:
            raise DumpFileError(path, error.errno) from None
        self._machine.run_state.pause_for_dump()
        self.status, self.total, self.done = DumpStatus.FAILED, 0, 0
        try:
            file = SavedFile(self._descriptor)
            self._prepare(request, file)
        except BaseException:
            self._close()
            raise
        self.status = DumpStatus.ACTIVE
        if request.detach:
            self._continue_later()
        else:
            yield from self._run(file, path)

    def _prepare(self, request: DumpRequest, file: SavedFile) -> None:
        if request.length == 0:
            raise ParameterError("length", "parameter 'length' expects a non-zero size")
        every = memory_blocks(self._machine)
        blocks = filtered(every, request.begin or 0, request.length or 0)
        if not blocks:
            raise NoMemoryToDumpError
        machine = self._machine
        notes = cpu_notes({index: cpu.signature for index, cpu in machine.cpus.items()})
        self.total = sum(block.size for block in blocks)
        self._work = write_elf(file, elf_format(every), blocks, notes)

    def _run(self, file: SavedFile, path: str) -> Iterator[None]:
        try:
            with removing_interrupted(file, path):
                for size in self._work:
                    self.done += size
                    report_progress(self.done, self.total, SAVE_FAILED)
                    yield
        except BaseException as error:
            self._finish(error.message if isinstance(error, HmpError) else SAVE_FAILED)
            raise
        self._finish()

    def _continue_later(self) -> None:
        self._machine.timers.call_later(PAUSE_S, self._step, from_now=True)

    def _step(self) -> None:
        """Write the next piece of a detached dump; its error is in the event alone."""
        if self._descriptor < 0:
            return
        try:
            self.done += next(self._work)
        except StopIteration:
            self._finish()
        except HmpError as error:
            self._finish(error.message)
        else:
            self._continue_later()

    def _finish(self, error: str | None = None) -> None:
        self.status = DumpStatus.FAILED if error else DumpStatus.COMPLETED
        self._machine.events.emit("DUMP_COMPLETED", result=self.describe(), error=error)
        self._close()

    def _close(self) -> None:
        self.give_up()
        self._machine.run_state.resume_after_dump()

    def describe(self) -> dict[str, object]:
        """Return the status as QMP has it, with the sizes in bytes."""
        return {"total": self.total, "status": self.status.value, "completed": self.done}

    def give_up(self) -> None:
        """Close the file of a dump, also of one that still goes on, as the end of the program
        does.
        """
        if self._descriptor >= 0:
            system_calls.close(self._descriptor)
        self._descriptor, self._work = -1, iter(())
