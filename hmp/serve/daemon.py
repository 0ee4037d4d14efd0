"""-daemonize and -pidfile (docs/qemu-behaviour/qmp.md §C1: libvirt reads the pid file and connects
as soon as the process that it started has ended).
"""

from __future__ import annotations

import fcntl
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
    with HostError.wrapping_os_errors("could not daemonize"):
        reads, writes = os.pipe()
        child = os.fork()
    if child:
        os.close(writes)
        # The read ends with b"" when the child has ended. _exit, since buffers and finalizers are
        # the child's now.
        os._exit(0 if os.read(reads, 1) == READY else 1)
    os.close(reads)
    os.setsid()

    def ready() -> None:
        # Only now, since errors of the start belong on stderr.
        with HostError.wrapping_os_errors("could not daemonize"):
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            os.close(null)
        # The parent may have been killed meanwhile.
        with suppress(OSError):
            os.write(writes, READY)
        os.close(writes)

    return ready


class PidFile:
    """A file with the pid of this process and a newline; with an empty path there is none.

    It stays open and locked, so that a second process with the same file is rejected, as by QEMU.
    """

    def __init__(self, path: str) -> None:
        self._path = path.encode("latin-1")
        if not path:
            return
        # The mode is QEMU's (experiment: -pidfile); a FIFO without a reader would block.
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        with HostError.wrapping_os_errors(f"cannot create PID file: Could not create '{path}'"):
            self._descriptor = os.open(self._path, flags, 0o600)
        try:
            self._write()
        except BaseException:
            os.close(self._descriptor)
            raise

    def _write(self) -> None:
        with HostError.wrapping_os_errors("cannot create PID file: Cannot lock pid file"):
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with HostError.wrapping_os_errors("cannot create PID file: Failed to write pid file"):
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def remove(self) -> None:
        """Remove the file, if it is still there."""
        if self._path:
            with suppress(OSError):
                os.unlink(self._path)


def make_pid_file(path: str) -> PidFile:
    """Write a pid file; StartupError when that fails."""
    with option_context():
        return PidFile(path)
