"""The standard streams of the process, each of which may be closed, full, or a pipe without a
reader. What can't be written to stderr is lost; what can't be written to stdout ends the program.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress

from hmp.errors import HostError
from hmp.serve import READ_BYTES

STDIN, STDOUT, STDERR = 0, 1, 2


class OutputLostError(HostError):
    """What was to be written to stdout can't be written."""


def open_missing_streams() -> None:
    """Open /dev/null in place of each standard stream that is closed.

    Else the next file or socket would be taken for it. It is open for reading alone: a closed stdin
    is empty, and writing to the others fails as it did.
    """
    for descriptor in (STDIN, STDOUT, STDERR):
        with suppress(OSError):
            try:
                os.fstat(descriptor)
            except OSError:
                # The lowest free descriptor is this one.
                os.open(os.devnull, os.O_RDONLY)


def is_terminal() -> bool:
    """Return whether a person is at stdin and stdout, so that a console runs on them."""
    return os.isatty(STDIN) and os.isatty(STDOUT)


def open_anew(descriptor: int, flags: int) -> int:
    """Open the terminal of a standard stream anew, not blocking, and return the descriptor; where
    that may not be, return the same one.

    Whoever shares the stream with this process would find that non-blocking, too.
    """
    try:
        flags |= os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(os.ttyname(descriptor), flags)
    except OSError:
        return descriptor


def takes_output(descriptor: int, seconds: float) -> bool:
    """Wait at most so long until a descriptor takes output; return whether it does."""
    import select

    return bool(select.select([], [descriptor], [], seconds)[1])


def write_stderr(data: bytes) -> None:
    """Write to stderr, as far as possible."""
    with suppress(OSError):
        _write_all(STDERR, data)


def write_stdout(data: bytes) -> None:
    """Write to stdout; raise OutputLostError when that fails."""
    try:
        _write_all(STDOUT, data)
    except OSError as error:
        raise OutputLostError.from_os("can't write to stdout", error) from None


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            _wait_until_ready(descriptor, writing=True)


def _wait_until_ready(descriptor: int, writing: bool = False) -> None:
    """Wait for a stream that another process, which has it too, has made non-blocking."""
    # Seldom needed: a script starts sooner without it.
    import select

    select.select([] if writing else [descriptor], [descriptor] if writing else [], [])


def read_stdin() -> bytes:
    """Return the next bytes of stdin, b"" at its end or when its terminal is gone.

    Raises HostError when it can't be read, as a directory.
    """
    while True:
        try:
            return os.read(STDIN, READ_BYTES)
        except BlockingIOError:
            _wait_until_ready(STDIN)
        except OSError as error:
            if error.errno == errno.EIO:
                return b""
            raise HostError.from_os("can't read stdin", error) from None
