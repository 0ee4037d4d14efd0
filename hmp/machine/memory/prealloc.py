"""Preallocation: making the pages of an address range resident, in threads, with progress reports.

A progress listener can stop it. The system call is in `mapping.py`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from hmp.machine.progress import progress_listener
from hmp.units import KIB, MIB

# The stacks are small because prealloc-threads may be large.
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
        pages = length // page_size
        share = -(-pages // max(1, min(threads, pages))) * page_size
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
            # To the kernel, 0 is the calling thread, not the process.
            os.sched_setaffinity(0, self._cpus)
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
        import threading

        # The size holds for every thread that starts from now on, so it is set back below.
        default = threading.stack_size(STACK_BYTES)
        workers = [
            threading.Thread(target=self._fill, args=(index,)) for index in range(len(self._parts))
        ]
        for worker in workers:
            worker.start()
        threading.stack_size(default)
        for worker in workers:
            while worker.is_alive():
                worker.join(POLL_INTERVAL_S if self._listener else None)
                self._report()

    def _report(self) -> None:
        if self._listener and not self.stopped:
            done = sum(self._done)
            # A stop after the last page comes too late: everything is resident.
            if not self._listener.update(done, self._total) and done < self._total:
                self.stopped = True
                self.codes.append(errno.EINTR)
