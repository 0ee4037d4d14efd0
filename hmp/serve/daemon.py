"""-daemonize and -pidfile: a process that goes on in the background once whoever started it may
talk to it.

What it serves is not known here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from hmp.cmdline.errors import option_context
from hmp.errors import HostError

READY = b"\0"


def daemonize() -> Callable[[], None]:
    """Go on in a child; the parent ends, with 0 as soon as the function that is given here is
    called, else with 1.
    """
    reads, writes = os.pipe()
    if os.fork():
        os.close(writes)
        _leave(reads)
    os.close(reads)
    os.setsid()

    def ready() -> None:
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        os.close(nothing)
        os.write(writes, READY)
        os.close(writes)

    return ready


def _leave(reads: int) -> NoReturn:
    os._exit(0 if os.read(reads, 1) == READY else 1)


class PidFile:
    """A file with the pid of this process and a newline, there until `remove`; an empty path means
    none.
    """

    def __init__(self, path: str) -> None:
        self._path = path.encode("latin-1")
        if not path:
            return
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
        """Remove it; harmless when it is gone."""
        if self._path:
            with suppress(OSError):
                os.unlink(self._path)


def make_pid_file(path: str) -> PidFile:
    """The file, written; StartupError when that can't be."""
    with option_context():
        return PidFile(path)
