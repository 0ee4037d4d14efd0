"""A thread for each CPU, for clients that pin CPUs or read their time, such as libvirt.

No CPU runs: the threads sleep. They are started when a client first asks for their ids.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable

STACK_BYTES = 64 << 10


class _SleepingThread:
    def __init__(self) -> None:
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._end.wait, daemon=True)
        # The thread keeps the mask that it starts with: signals are for the others.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self._thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.identifier = self._thread.native_id or os.getpid()

    def end(self) -> None:
        self._end.set()
        self._thread.join()


class CpuThreads:
    """The threads of the CPUs that there are, by index."""

    def __init__(self) -> None:
        self._threads: dict[int, _SleepingThread] = {}

    def ids(self, indexes: Iterable[int]) -> dict[int, int]:
        """Return the thread id of each CPU; that of the process where the host starts no more."""
        wanted = list(indexes)
        self._end(index for index in list(self._threads) if index not in wanted)
        before = threading.stack_size(STACK_BYTES)
        try:
            for index in wanted:
                if index not in self._threads:
                    self._threads[index] = _SleepingThread()
        except RuntimeError:
            # The host has a limit on threads.
            pass
        finally:
            threading.stack_size(before)
        process = os.getpid()
        return {
            index: self._threads[index].identifier if index in self._threads else process
            for index in wanted
        }

    def close(self) -> None:
        """End all threads."""
        self._end(list(self._threads))

    def _end(self, indexes: Iterable[int]) -> None:
        for index in indexes:
            self._threads.pop(index).end()
