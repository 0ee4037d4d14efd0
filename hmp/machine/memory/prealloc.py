"""Preallocation: making the pages of an address range resident, in threads, with progress reports.

A progress listener can stop it.
"""

from __future__ import annotations

import _thread
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from hmp.errors import HostCallError
from hmp.machine import system_calls
from hmp.machine.progress import progress_listener
from hmp.units import KIB, MIB

# A thread needs little of its stack, and the host may be short of memory.
CHUNK_BYTES, POLL_INTERVAL_S, STACK_BYTES = 64 * MIB, 0.05, 256 * KIB


class Preallocation:
    """Make `length` bytes at a host address resident, in up to `threads` threads on `cpus`.

    `make_resident` takes an address and a length in bytes and returns 0 or an errno. `codes` are
    the errors; `stopped`: the progress listener stopped the work.
    """

    def __init__(
        self,
        make_resident: Callable[[int, int], int],
        first: int,
        length: int,
        page_size: int,
        threads: int,
        cpus: set[int] | None,
    ) -> None:
        # A part of a page is made resident with its page.
        pages = max(-(-length // page_size), 1)
        # More threads than CPUs are no faster, and prealloc-threads takes any number.
        share = -(-pages // min(threads, pages, os.cpu_count() or 1)) * page_size
        end = first + length
        self._parts = [range(start, min(start + share, end)) for start in range(first, end, share)]
        self._make_resident, self._cpus, self._listener = make_resident, cpus, progress_listener()
        # Only reports need chunks.
        self._chunk = max(CHUNK_BYTES // page_size, 1) * page_size if self._listener else length
        # A count for each part needs no lock: one thread writes it.
        self._done = [0] * len(self._parts)
        self._total = length
        self.codes: list[int] = []
        self.stopped = False

    def run(self) -> None:
        """Populate until the end, an error or a stop.

        Threads are for several parts, for reports while they work, and for CPUs: those of the
        calling thread must stay as they are.
        """
        if len(self._parts) == 1 and not self._cpus and not self._listener:
            self._fill(0)
        else:
            self._run_in_threads()

    def _fill(self, index: int) -> None:
        if self._cpus:
            try:
                system_calls.run_on_cpus(self._cpus)
            except HostCallError as error:
                self.codes.append(error.errno)
                return
        part = self._parts[index]
        for start in range(part.start, part.stop, self._chunk):
            length = min(self._chunk, part.stop - start)
            code = self._make_resident(start, length)
            if code:
                self.codes.append(code)
                return
            self._done[index] += length
            if self.stopped:
                return

    def _run_in_threads(self) -> None:
        system_calls.limit_arenas()
        workers: list[_Worker] = []
        for index in range(len(self._parts)):
            try:
                workers.append(_Worker(partial(self._fill, index)))
            except HostCallError as error:
                # Those that run already end by themselves: the mapping must outlive them.
                self.codes.append(error.errno)
                break
        for worker in workers:
            while not worker.wait(POLL_INTERVAL_S):
                self._report()
        if not all(worker.has_finished for worker in workers) and not self.codes:
            self.codes.append(errno.ENOMEM)

    def _report(self) -> None:
        if self._listener and not self.stopped:
            done = sum(self._done)
            if not self._listener.update(done, self._total) and done < self._total:
                self.stopped = True
                self.codes.append(errno.EINTR)


class _Worker:
    """A thread that calls a function; `has_finished`: the function has returned."""

    def __init__(self, work: Callable[[], None]) -> None:
        """Start the thread; raise HostCallError when the host can't."""
        import weakref

        self.has_finished = False
        self._ended = _thread.allocate_lock()
        self._ended.acquire()

        def run() -> None:
            # A thread that runs short of memory ends; what it left undone is ENOMEM.
            with suppress(MemoryError):
                work()
                self.has_finished = True
            self._ended.release()

        # The thread alone holds `run`, so that this is dead when the thread is, even one that had
        # no memory to release the lock.
        self._run = weakref.ref(run)
        system_calls.start_thread(run, STACK_BYTES)

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the thread, at most so long; return whether it has ended."""
        return self._ended.acquire(timeout=seconds) or self._run() is None
