"""Character devices that are files: files, pipes, serial lines, terminals, stdin and stdout."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from hmp.errors import FileOpenError, HostCallError, HostError, InputError
from hmp.machine import system_calls
from hmp.machine.chardevs.configs import ChardevConfig, FileOptions, PathOptions
from hmp.machine.chardevs.device import CharacterDevice
from hmp.machine.chardevs.errors import StdioTakenError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# The mode that QEMU gives to a file that it makes for a character device.
_FILE_MODE = 0o666


def _open(device: CharacterDevice, machine: Machine, path: str, flags: int) -> int:
    """Open a file for a device, or one that a client gave by /dev/fdset/N; FileOpenError when that
    fails.
    """
    try:
        given = machine.descriptors.open_path(path, flags)
        if given is not None:
            device.sets = machine.descriptors
            return given
        return system_calls.open_file(path.encode("latin-1"), flags, _FILE_MODE)
    except HostCallError as error:
        raise FileOpenError(path, error.errno) from None


class FileDevice(CharacterDevice):
    """A file that the output goes to, and perhaps one that input comes from."""

    @property
    def needs_event_loop(self) -> bool:  # type: ignore[override]
        return self.input is not None

    def open(self, machine: Machine, label: str) -> None:
        options = self.config.options
        assert isinstance(options, FileOptions)
        flags = system_calls.O_WRONLY | system_calls.O_CREAT | system_calls.O_NONBLOCK
        flags |= system_calls.O_APPEND if options.append else system_calls.O_TRUNC
        self.output = _open(self, machine, options.path, flags)
        if options.input_path is not None:
            self.input = _open(self, machine, options.input_path, system_calls.O_RDONLY)


class SerialDevice(CharacterDevice):
    """A serial line of the host; anything that can be opened passes for one, as in QEMU."""

    needs_event_loop = True

    def open(self, machine: Machine, label: str) -> None:
        options = self.config.options
        assert isinstance(options, PathOptions)
        flags = system_calls.O_RDWR | system_calls.O_NONBLOCK | system_calls.O_NOCTTY
        self.input = self.output = _open(self, machine, options.path, flags)


class ParallelDevice(CharacterDevice):
    """A parallel port of the host: none can be used here."""

    def open(self, machine: Machine, label: str) -> None:
        options = self.config.options
        assert isinstance(options, PathOptions)
        descriptor = _open(self, machine, options.path, system_calls.O_RDWR)
        system_calls.close(descriptor)
        raise HostError("not a parallel port: Inappropriate ioctl for device")


class PipeDevice(CharacterDevice):
    """A pair of pipes, PATH.in and PATH.out, or one pipe for both."""

    needs_event_loop = True

    def open(self, machine: Machine, label: str) -> None:
        options = self.config.options
        assert isinstance(options, PathOptions)
        try:
            self.input = self._open_end(f"{options.path}.in")
            self.output = self._open_end(f"{options.path}.out")
        except HostCallError:
            self.close()
            flags = system_calls.O_RDWR | system_calls.O_NONBLOCK
            self.input = self.output = _open(self, machine, options.path, flags)

    def _open_end(self, path: str) -> int:
        flags = system_calls.O_RDWR | system_calls.O_NONBLOCK
        return system_calls.open_file(path.encode("latin-1"), flags)


class PtyDevice(CharacterDevice):
    """A pseudo terminal.

    The side of its users stays open too: else it would end with the first of them.
    """

    needs_event_loop = True
    terminal = ""
    """The path of the side of its users, once it is open."""

    def __init__(self, config: ChardevConfig) -> None:
        super().__init__(config)
        self._theirs: int | None = None
        self._link = b""

    @property
    def filename(self) -> str:
        return f"pty:{self.terminal}"

    def open(self, machine: Machine, label: str) -> None:
        options = self.config.options
        assert isinstance(options, PathOptions)
        # Sockets and terminals take long to import, and a script has none.
        from hmp.machine.host import socket_calls

        with HostError.wrapping_calls("Failed to create PTY"):
            ours, self._theirs = socket_calls.open_terminal()
        self.input = self.output = ours
        self.terminal = os.ttyname(self._theirs)
        machine.chardevs.announce(f"char device redirected to {self.terminal} (label {label})")
        if options.path:
            path = options.path.encode("latin-1")
            try:
                with HostError.wrapping_calls("Failed to create PTY symlink"):
                    socket_calls.make_link(self.terminal, path)
            except HostError:
                self.close()
                raise
            self._link = path

    def close(self) -> None:
        super().close()
        if self._theirs is not None:
            system_calls.close(self._theirs)
        if self._link:
            with suppress(HostCallError):
                system_calls.unlink(self._link)
        self._theirs, self._link = None, b""


class StdioDevice(CharacterDevice):
    """stdin and stdout of the process, which one device can have."""

    needs_event_loop = True

    def open(self, machine: Machine, label: str) -> None:
        if machine.chardevs.in_background or machine.chardevs.stdio is not None:
            raise StdioTakenError(machine.chardevs.in_background)
        self.input, self.output = 0, 1

    def close(self) -> None:
        # The streams are the process's.
        self.input = self.output = None
        super().close()


class BrailleDevice(CharacterDevice):
    """A braille terminal, whose driver is not there."""

    def open(self, machine: Machine, label: str) -> None:
        raise InputError("brlapi__openConnection: connect: No such file or directory")
