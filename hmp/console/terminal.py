"""The terminal while a console has it: its modes, and the signals that its keys send.

The console changes the modes here alone, and signals have their handlers from its start to the end
of the process. So at every moment Ctrl-C, Ctrl-\\ and Ctrl-Z do what they do at any other, and
whatever ends the console or stops it, the terminal has the modes that it was given with.
"""

from __future__ import annotations

import os
import select
import signal
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any

from hmp.serve.streams import STDIN, open_anew


class Interrupts:
    """The functions that Ctrl-C calls, from a signal handler: between any two steps of Python.

    What it cancels is the typed line, the lines that were pasted, or the work of the running
    command. It raises nothing, whenever it comes, so that it ends none of what it does not cancel.
    """

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], object]] = []

    def notify(self) -> None:
        """Call them all."""
        for callback in self._callbacks.copy():
            callback()

    @contextmanager
    def calling(self, callback: Callable[[], object]) -> Iterator[None]:
        """Have Ctrl-C call a function, too, in the block."""
        self._callbacks.append(callback)
        try:
            yield
        finally:
            self._callbacks.remove(callback)


# As termios.tcgetattr returns them.
Modes = list[Any]
INPUT_FLAGS, LOCAL_FLAGS, CHARACTERS = 0, 3, 6
# What the terminal's driver does with keys: it edits a line, and takes some for others.
EDITING = termios.ECHO | termios.ICANON | termios.IEXTEN
CONVERSION = termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR


class Terminal:
    """The terminal on stdin, between `__enter__` and `__exit__`; before, and without one, its
    methods change nothing.

    `run_above_prompt` is set while a line is edited, to what runs a function on a terminal without
    the prompt and draws that again, later if the prompt is there.
    """

    def __init__(self) -> None:
        self.interrupts = Interrupts()
        self.run_above_prompt: Callable[[Callable[[], None]], None] | None = None
        self._keys = STDIN
        self._given: Modes | None = None
        # The innermost is last; None while another program has the terminal.
        self._entered: list[Modes | None] = []

    def __enter__(self) -> Terminal:
        signal.signal(signal.SIGINT, lambda _number, _frame: self.interrupts.notify())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
        signal.signal(signal.SIGTSTP, self._on_stop)
        signal.signal(signal.SIGCONT, self._on_continue)
        with suppress(termios.error):
            self._given = termios.tcgetattr(STDIN)
        self._keys = open_anew(STDIN, os.O_RDONLY)
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._entered.clear()
        self._apply()
        self._given = None
        # That of Ctrl-C stays: what is left to do is done.
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.signal(signal.SIGCONT, signal.SIG_DFL)

    def read(self, count: int) -> bytes | None:
        """Return what was typed, None when nothing was, b"" at the end or without a terminal."""
        # What could be read a moment ago may be gone: Ctrl-C drops a line in the driver.
        if not select.select([self._keys], [], [], 0)[0]:
            return None
        try:
            return os.read(self._keys, count)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Echo nothing in the block: what is typed is for the next prompt, but Ctrl-C, Ctrl-\\ and
        Ctrl-Z are signals.
        """
        with self._having(self._given_without(EDITING)):
            yield

    @contextmanager
    def raw(self) -> Iterator[None]:
        """Leave every key to the prompt in the block."""
        with self._having(self._given_without(EDITING | termios.ISIG, CONVERSION)):
            yield

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Leave the terminal to another program in the block, with the modes that were given."""
        with self._having(None):
            self._set(self._given)
            yield

    @contextmanager
    def _having(self, modes: Modes | None) -> Iterator[None]:
        self._entered.append(modes)
        self._apply()
        try:
            yield
        finally:
            # Coroutines may leave their blocks in another order, and `__exit__` leaves none.
            with suppress(ValueError):
                self._entered.remove(modes)
            self._apply()

    def _given_without(self, local_flags: int, input_flags: int = 0) -> Modes | None:
        """Return the given modes without some flags."""
        if self._given is None:
            return None
        modes = [*self._given]
        modes[INPUT_FLAGS] &= ~input_flags
        modes[LOCAL_FLAGS] &= ~local_flags
        modes[CHARACTERS] = [*modes[CHARACTERS]]
        modes[CHARACTERS][termios.VMIN], modes[CHARACTERS][termios.VTIME] = 1, 0
        return modes

    def _apply(self) -> None:
        """Give the terminal the innermost modes, or those that were given."""
        self._set(self._entered[-1] if self._entered else self._given)

    def _set(self, modes: Modes | None) -> None:
        # In the background the terminal is somebody else's; `_on_continue` sets them later.
        if modes and _is_in_foreground():
            # The terminal may be gone.
            with suppress(termios.error):
                termios.tcsetattr(STDIN, termios.TCSANOW, modes)

    def stop(self) -> None:
        """Stop as SIGTSTP does by default, with the modes that were given; return when the process
        is continued.
        """
        if not self.is_lent:
            self._set(self._given)
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._on_stop)
        # Without a shell that could continue it, the process was not stopped.
        self._apply()

    @property
    def is_lent(self) -> bool:
        """Whether another program has the terminal."""
        return bool(self._entered) and self._entered[-1] is None

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        if self.run_above_prompt:
            self.run_above_prompt(self.stop)
        else:
            self.stop()

    def _on_continue(self, _number: int, _frame: FrameType | None) -> None:
        # Whoever had the terminal meanwhile may have changed its modes, and written on it.
        self._apply()
        if self.run_above_prompt and _is_in_foreground():
            self.run_above_prompt(_do_nothing)


def _do_nothing() -> None:
    pass


def _is_in_foreground() -> bool:
    """Return whether this process may change the terminal."""
    try:
        return os.tcgetpgrp(STDIN) == os.getpgrp()
    except OSError:
        # It is not the controlling terminal, which alone has a foreground.
        return True
