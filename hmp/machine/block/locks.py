"""Locks on image files, by which QEMU processes keep others from an image that they write
(experiment: /proc/PID/fdinfo of QEMU; each byte from 100 on stands for a permission that is used,
each from 200 on for one that others must not use).
"""

from __future__ import annotations

import errno
import fcntl
import struct

from hmp.errors import HostCallError
from hmp.machine import system_calls

F_OFD_GETLK, F_OFD_SETLK = 36, 37
FLOCK = struct.Struct("hhxxxxqqixxxx")
USED, UNSHARED = 100, 200
CONSISTENT_READ, WRITE, RESIZE = 0, 1, 3
NAMES = {CONSISTENT_READ: "consistent read", WRITE: "write", RESIZE: "resize"}
READERS = (CONSISTENT_READ,)
WRITERS = (CONSISTENT_READ, WRITE, RESIZE)
FORMAT_KEEPS = (WRITE, RESIZE)
"""What a format of its own lets nobody else do."""


class LockedError(HostCallError):
    """Another process uses an image in a way that forbids this one."""

    def __init__(self, what: str, path: str) -> None:
        super().__init__("fcntl", errno.EAGAIN)
        self.message = f"Failed to get {what} lock"
        self.hints = (f"Is another process using the image [{path}]?",)


class FileLock:
    """The locks of an open image; they end when it is closed."""

    def __init__(self, path: str, writable: bool) -> None:
        flags = system_calls.O_RDWR if writable else system_calls.O_RDONLY
        self.path = path
        self.descriptor = system_calls.open_file(path.encode("latin-1"), flags)
        self._held: set[int] = set()

    @property
    def is_exclusive(self) -> bool:
        """Whether the image is written, and nobody else may do so."""
        return {USED + WRITE, UNSHARED + WRITE} <= self._held

    def take(self, used: tuple[int, ...], unshared: tuple[int, ...]) -> None:
        """Lock what is used and what others must not use, beside what is locked already.

        Raises:
            HostCallError: LockedError when another uses it; what was locked before stays so.
        """
        wanted = {USED + number for number in used} | {UNSHARED + number for number in unshared}
        added = wanted - self._held
        try:
            for offset in sorted(added):
                self._set(offset, fcntl.F_RDLCK)
            self._check(used, unshared)
        except HostCallError:
            for offset in added:
                self._set(offset, fcntl.F_UNLCK)
            raise
        self._held |= wanted

    def _check(self, used: tuple[int, ...], unshared: tuple[int, ...]) -> None:
        for number in used:
            if self._is_held(UNSHARED + number):
                raise LockedError(f'"{NAMES[number]}"', self.path)
        for number in unshared:
            if self._is_held(USED + number):
                raise LockedError(f'shared "{NAMES[number]}"', self.path)

    def close(self) -> None:
        """Close the file."""
        system_calls.close(self.descriptor)

    def _set(self, offset: int, kind: int) -> None:
        system_calls.file_control(self.descriptor, F_OFD_SETLK, FLOCK.pack(kind, 0, offset, 1, 0))

    def _is_held(self, offset: int) -> bool:
        question = FLOCK.pack(fcntl.F_WRLCK, 0, offset, 1, 0)
        answer = system_calls.file_control(self.descriptor, F_OFD_GETLK, question)
        return bool(FLOCK.unpack(answer)[0] != fcntl.F_UNLCK)
