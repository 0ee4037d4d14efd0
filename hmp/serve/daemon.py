"""-daemonize and -pidfile (docs/qemu-behaviour/qmp.md §C1: libvirt reads the pid file and connects
as soon as the process that it started has ended).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress

from hmp.cmdline.errors import option_context
from hmp.errors import HostError

READY = b"\0"


def daemonize() -> Callable[[], None]:
    """Fork, go on in the child, and return the function that lets the parent end.

    The parent ends with 0 once that function is called, and with 1 if the child ends before.
    """
    reads, writes = os.pipe()
    if os.fork():
        os.close(writes)
        # The read ends with b"" when the child has ended. _exit, since buffers and finalizers are
        # the child's now.
        os._exit(0 if os.read(reads, 1) == READY else 1)
    os.close(reads)
    os.setsid()

    def ready() -> None:
        # Only now, since errors of the start belong on stderr.
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.close(null)
        os.write(writes, READY)
        os.close(writes)

    return ready


class PidFile:
    """A file with the pid of this process and a newline; with an empty path there is none."""

    def __init__(self, path: str) -> None:
        self._path = path.encode("latin-1")
        if not path:
            return
        # The mode is QEMU's (experiment: -pidfile).
        try:
            descriptor = os.open(
                self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise HostError.from_os(
                f"cannot create PID file: Could not create '{path}'", error
            ) from None
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")

    def remove(self) -> None:
        """Remove the file, if it is still there."""
        if self._path:
            with suppress(OSError):
                os.unlink(self._path)


def make_pid_file(path: str) -> PidFile:
    """Write a pid file; StartupError when that fails."""
    with option_context():
        return PidFile(path)
