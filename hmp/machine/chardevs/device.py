"""A character device and what uses it: one front end, such as a monitor or a serial line."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from hmp.errors import HostCallError, HostError
from hmp.machine import system_calls
from hmp.machine.chardevs.configs import ChardevConfig
from hmp.machine.chardevs.errors import ChardevInUseError
from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.host.descriptors import Descriptors
    from hmp.machine.machine import Machine


# Those that are open from the start, whoever is at the other end.
OPEN_KINDS = ("file", "pipe", "stdio", "udp", "vc", "ringbuf", "memory", "qemu-vdagent", "serial")


class FrontEnd:
    """What uses a character device.

    `is_open` says whether it takes input; with `allows_change` the device can become another. One
    that `greets` writes where nobody answers, too; one with `needs_event_loop` answers.
    """

    is_open = greets = True
    allows_change = needs_event_loop = False

    def moved_to(self, device: CharacterDevice) -> None:
        """Take note of the device."""


class GuestPort(FrontEnd):
    """A serial line or the like: the guest does not write to it, and drops what is typed.

    It is not open where the machine has no such port.
    """

    def __init__(self, is_open: bool, allows_change: bool) -> None:
        self.is_open, self.allows_change = is_open, allows_change


class CharacterDevice(Object):
    """A character device that neither reads nor writes; others derive from it.

    An event loop serves one with `needs_event_loop`. `input` and `output` are the descriptors that
    it reads from and writes to, if any.
    """

    needs_event_loop = False
    input: int | None = None
    output: int | None = None

    def __init__(self, config: ChardevConfig) -> None:
        self.type_name = f"chardev-{config.backend}"
        super().__init__()
        self.config = config
        self.front_end: FrontEnd | None = None
        self._log: int | None = None
        # The sets that the files come from, if a client gave them.
        self.sets: Descriptors | None = None

    @property
    def filename(self) -> str:
        """The description of info chardev."""
        return self.config.backend

    @property
    def is_front_end_open(self) -> bool:
        """Whether a front end takes what comes in."""
        return self.front_end is not None and self.front_end.is_open

    @property
    def has_other_end(self) -> bool:
        """Whether what is written to it gets anywhere, as a guest's port shows it."""
        return self.config.backend in OPEN_KINDS

    @property
    def is_busy(self) -> bool:
        """Whether something uses it, so that it can't be removed."""
        return self.front_end is not None

    @property
    def is_taken(self) -> bool:
        """Whether it takes no other front end."""
        return self.is_busy

    def attach(self, front_end: FrontEnd) -> None:
        """Let a front end use the device; ChardevInUseError when another one does."""
        if self.front_end is not None:
            raise ChardevInUseError(self.name)
        self.front_end = front_end
        front_end.moved_to(self)

    def detach(self, front_end: FrontEnd) -> None:
        """Let a front end use it no more."""
        if self.front_end is front_end:
            self.front_end = None

    def open(self, machine: Machine, label: str) -> None:
        """Open what the device is about, as the character device `label`.

        Raises:
            HmpError: That fails; nothing stays open.
        """

    def close(self) -> None:
        """Close what is open; nothing uses the device any more."""
        for descriptor in {self.input, self.output} - {None}:
            assert descriptor is not None
            if self.sets is not None:
                self.sets.close_copy(descriptor)
            else:
                system_calls.close(descriptor)
        if self._log is not None:
            # QEMU lets the set of a log file stay for ever (docs/qemu-behaviour/chardevs.md).
            system_calls.close(self._log)
        self.input = self.output = self._log = None

    def open_log(self, machine: Machine) -> None:
        """Open the file that gets a copy of the output, if there is one.

        Raises:
            HostError: It can't be opened.
        """
        log = self.config.log
        if not log.path:
            return
        flags = system_calls.O_WRONLY | system_calls.O_CREAT
        flags |= system_calls.O_APPEND if log.append else system_calls.O_TRUNC
        try:
            if log.path.startswith("/dev/fdset/"):
                self._log = _open_from_set(machine, log.path, flags)
            else:
                self._log = system_calls.open_file(log.path.encode("latin-1"), flags)
        except HostCallError as error:
            raise HostError.from_call(f"Could not create '{log.path}'", error) from None

    def write(self, data: bytes) -> None:
        """Write output of the front end; what can't be written is lost."""
        self.log(data)
        if self.output is not None:
            write_all(self.output, data)

    def log(self, data: bytes) -> None:
        """Write a copy of output to the log file, if there is one."""
        if self._log is not None:
            write_all(self._log, data)


def _open_from_set(machine: Machine, path: str, flags: int) -> int:
    """Return a copy of a descriptor of a set; HostError when it has none that fits."""
    from hmp.machine.host.descriptors import SetPathError

    problems = {
        errno.EINVAL: f"Could not parse fdset {path}",
        errno.ENOENT: f"Failed to find fdset {path}",
        errno.EACCES: f"Failed to find file descriptor with matching flags=0x{flags:x}",
    }
    try:
        found = machine.descriptors.open_path(path, flags)
    except SetPathError as error:
        raise HostError(problems[error.errno]) from None
    assert found is not None
    return found


def write_all(descriptor: int, data: bytes) -> None:
    """Write to a descriptor, as far as possible: one that nobody reads is full at some time."""
    try:
        while data:
            data = data[system_calls.write(descriptor, data) :]
    except HostCallError:
        return
