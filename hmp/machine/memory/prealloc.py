"""Taking the pages of a range of addresses from the host, shared among threads; who watches may
stop it.

The system call that takes them is in `mapping.py` and is handed in.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from hmp.machine.progress import progress_listener

PIECE, BETWEEN_LOOKS, SMALL_STACK = 64 << 20, 0.05, 256 << 10


class Preallocation:
    """Makes `length` bytes from an address on resident, in up to `threads` threads, which run on
    `cpus` if given.

    `make_resident` takes an address and a length, and gives 0 or an error number. `codes` are the
    errors; `stopped` tells that somebody who watches did not want it to go on.
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
        self._make_resident, self._cpus, self._watcher = make_resident, cpus, progress_listener()
        # Only who watches needs pieces.
        self._piece = max(PIECE // page_size, 1) * page_size if self._watcher else length
        self._done = [0] * len(self._parts)
        self._total = length
        self.codes: list[int] = []
        self.stopped = False

    def run(self) -> None:
        """Do it all, or what can be done until it fails or is stopped; OSError when there is no
        thread to be had.
        """
        if len(self._parts) == 1 and not self._cpus and not self._watcher:
            self._fill(0)
        else:
            self._run_in_threads()

    def _fill(self, index: int) -> None:
        if self._cpus:
            os.sched_setaffinity(0, self._cpus)
        part = self._parts[index]
        for start in range(part.start, part.stop, self._piece):
            length = min(self._piece, part.stop - start)
            code = self._make_resident(start, length)
            if code:
                self.codes.append(code)
                return
            self._done[index] += length
            if self.stopped:
                return

    def _run_in_threads(self) -> None:
        import threading

        usual = threading.stack_size(SMALL_STACK)
        workers = [
            threading.Thread(target=self._fill, args=(index,)) for index in range(len(self._parts))
        ]
        for worker in workers:
            worker.start()
        threading.stack_size(usual)
        for worker in workers:
            while worker.is_alive():
                worker.join(BETWEEN_LOOKS if self._watcher else None)
                self._tell()

    def _tell(self) -> None:
        if self._watcher and not self.stopped:
            done = sum(self._done)
            if not self._watcher.update(done, self._total) and done < self._total:
                self.stopped = True
                self.codes.append(errno.EINTR)
