"""The signals that end the program, with their sender.

Python's signal handlers are not told who sent a signal, and `signal.sigwaitinfo` blocks. A signalfd
tells it and can be watched by an event loop; since the `signal` module has none, libc is called.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import struct
from collections.abc import Callable

from hmp.errors import HostError

TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# The size of struct signalfd_siginfo (signalfd(2)).
SIGINFO_BYTES = 128
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC


def on_termination_signal(to_stderr: Callable[..., None], end: Callable[[], None]) -> None:
    """On a signal, write QEMU's message to stderr and call `end`, both from the event loop
    (docs/qemu-behaviour/startup.md §1).
    """
    # Only a blocked signal waits for the signalfd; others reach their handlers.
    signal.pthread_sigmask(signal.SIG_BLOCK, TERMINATION_SIGNALS)
    # glibc's sigset_t: 1024 bits, of which the first is for signal 1.
    mask = (ctypes.c_ulong * 16)()
    for number in TERMINATION_SIGNALS:
        mask[0] |= 1 << number - 1
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.signalfd(-1, ctypes.byref(mask), _NONBLOCK_CLOEXEC)
    if descriptor < 0:
        raise HostError.from_errno("can't wait for signals", ctypes.get_errno())

    def read() -> None:
        # ssi_signo, ssi_errno, ssi_code and ssi_pid, the first fields.
        number, _errno, _code, sender = struct.unpack_from(
            "IiiI", os.read(descriptor, SIGINFO_BYTES)
        )
        to_stderr(f"terminating on signal {number} from pid {sender} ({process_name(sender)})")
        end()

    asyncio.get_running_loop().add_reader(descriptor, read)


def unblock_termination_signals() -> None:
    """Undo the blocking in a child process, which would inherit it."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS)


def process_name(pid: int) -> str:
    """Return the argv[0] of a process, `<unknown process>` when it is gone: QEMU's words."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as words:
            return words.read().split(b"\0")[0].decode("latin-1") or "<unknown process>"
    except OSError:
        return "<unknown process>"
