"""The signals that end the program, with their sender.

Python's signal handlers are not told who sent a signal, and `signal.sigwaitinfo` blocks. A signalfd
tells it and can be watched by an event loop; since the `signal` module has none, libc is called.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from hmp.errors import HostError
from hmp.serve.streams import STDERR, takes_output

TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Those that end a server: it closes what it has opened first. Of SIGQUIT the process dies then, as
QEMU dies at once (docs/qemu-behaviour/startup.md §1).
"""
SCRIPT_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Those that end a script; of SIGQUIT it dies at once."""
CONSOLE_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
"""Those that end a console; SIGINT is its Ctrl-C."""
# The size of struct signalfd_siginfo (signalfd(2)).
SIGINFO_BYTES = 128
WRITE_S = 0.3
"""How long the message of a signal may wait to be written."""
_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC
_received: set[int] = set()
"""The termination signals that came and are no longer pending."""


def block_termination_signals() -> None:
    """Have signals wait for the event loop (`on_termination_signal`) from now on.

    What is made after it, such as a socket's file, is then also removed.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, TERMINATION_SIGNALS)


def block_console_signals() -> None:
    """Have signals wait for the event loop, and Ctrl-C for the console; Ctrl-\\ does nothing."""
    block_termination_signals()
    # A handler instead of SIG_IGN, which the programs that the console runs would inherit.
    signal.signal(signal.SIGQUIT, _ignore)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGQUIT])


def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Raise SystemExit on a termination signal in the block, which may take long; the code is that
    of `die_by`.
    """
    import threading

    if threading.current_thread() is not threading.main_thread():
        # Python sets signal handlers in the main thread only.
        yield
        return
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    before = {number: signal.signal(number, _exit) for number in TERMINATION_SIGNALS}
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINATION_SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, _frame: FrameType | None) -> None:
    # Only once, since a second one would end the closing of what is open.
    if not _received:
        _received.add(number)
        raise SystemExit(-number)


class SignalDescriptor:
    """Blocked signals with their senders, as what can be read from a descriptor (signalfd(2))."""

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        # glibc's sigset_t: 1024 bits, of which the first is for signal 1.
        mask = (ctypes.c_ulong * 16)()
        for number in numbers:
            mask[0] |= 1 << number - 1
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor: int = libc.signalfd(-1, ctypes.byref(mask), _NONBLOCK_CLOEXEC)
        if self._descriptor < 0:
            raise HostError.from_errno("can't wait for signals", ctypes.get_errno())

    def fileno(self) -> int:
        """Return the descriptor, which can be read when a signal came."""
        return self._descriptor

    def report(self, to_stderr: Callable[..., None]) -> None:
        """Write QEMU's message of the signal that came (docs/qemu-behaviour/startup.md §1)."""
        # ssi_signo, ssi_errno, ssi_code and ssi_pid, the first fields.
        number, _errno, _code, sender = struct.unpack_from(
            "IiiI", os.read(self._descriptor, SIGINFO_BYTES)
        )
        _received.add(number)
        # A terminal stopped by Ctrl-S, or a pipe that nobody reads, does not keep the program.
        if number != signal.SIGQUIT and takes_output(STDERR, WRITE_S):
            to_stderr(f"terminating on signal {number} from pid {sender} ({process_name(sender)})")


def on_termination_signal(
    to_stderr: Callable[..., None],
    end: Callable[[], object],
    numbers: Iterable[signal.Signals] = TERMINATION_SIGNALS,
) -> None:
    """On a signal, write QEMU's message to stderr and call `end`, both from the event loop."""
    import asyncio

    signals = SignalDescriptor(numbers)

    def read() -> None:
        signals.report(to_stderr)
        end()

    asyncio.get_running_loop().add_reader(signals.fileno(), read)


def exit_status(status: int) -> int:
    """Return the exit status of a server, or the code of `die_by` where SIGQUIT ended it."""
    return -signal.SIGQUIT if signal.SIGQUIT in _received else status


def die_by(code: int) -> None:
    """End the process by a signal, whose number is -`code`."""
    signal.signal(-code, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [-code])
    os.kill(os.getpid(), -code)


def is_terminating() -> bool:
    """Return whether a termination signal came, for work that keeps the event loop waiting."""
    return bool(_received) or not signal.sigpending().isdisjoint(TERMINATION_SIGNALS)


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
