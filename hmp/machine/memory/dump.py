"""Guest memory into files (docs/qemu-behaviour/monitor.md §7), without copying it through the
interpreter where it is mapped.

Both functions yield between steps, when other monitors may act on the machine: each step looks at
the memory anew.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from hmp.errors import FileOpenError, HostCallError, HostError, StateError
from hmp.machine import system_calls
from hmp.machine.memory.address_space import VIRTUAL_MASK
from hmp.machine.progress import (
    InterruptedByUserError,
    progress_listener,
    report_progress,
)
from hmp.units import ALL_ONES_64, KIB, MIB

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.memory.address_space import AddressSpace, Segment

# The file is the same with any chunks; large ones need fewer calls.
READ_CHUNK_BYTES, ZERO_CHUNK_BYTES, STEP_BYTES = MIB, MIB, 4 * MIB
# A FIFO without a reader is an error, where QEMU would wait for one.
CREATE = (
    system_calls.O_WRONLY | system_calls.O_CREAT | system_calls.O_TRUNC | system_calls.O_NONBLOCK
)
POLL_S = 0.005
"""How long others wait while a pipe is full."""
WRITE_FAILED = "writing to the file failed"
PARTIAL_CHUNK_BYTES = KIB
"""QEMU reads virtual memory in buffers of this size; what it read before a hole stays in the file
(docs/qemu-behaviour/monitor.md §7).
"""


class UnreadableMemoryError(HostError):
    """Memory of the host that can't be read, at a guest-physical address."""

    def __init__(self, addr: int) -> None:
        super().__init__(f"memory at 0x{addr:x} can't be read: {os.strerror(errno.EFAULT)}")
        self.addr, self.errno = addr, errno.EFAULT


class AddressRangeError(StateError):
    """There is no memory at the virtual address; the size in bytes."""

    def __init__(self, addr: int, size: int) -> None:
        # The monitor's expressions are signed, QEMU prints the address unsigned
        # (docs/qemu-behaviour/monitor.md §4).
        super().__init__(f"Invalid addr 0x{addr & ALL_ONES_64:016x}/size {size} specified")
        self.addr, self.size = addr, size


class SavedFile:
    """An open file into which memory is written; raises HostError with the host's reason.

    Each write returns how many bytes the file took: 0 when it is a pipe that is full now. `failure`
    is what the message of an error says before the reason.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._last_write = descriptor, time.monotonic()
        self.failure = WRITE_FAILED
        with HostError.wrapping_calls(self.failure):
            self._is_regular = system_calls.file_type(descriptor) == stat.S_IFREG

    def write(self, data: bytes | memoryview) -> int:
        """Write bytes with one call."""
        try:
            done = system_calls.write(self._descriptor, data)
        except HostCallError as error:
            if error.errno != errno.EAGAIN:
                raise HostError.from_call(self.failure, error) from None
            if time.monotonic() - self._last_write > system_calls.TIMEOUT_S:
                raise HostError.from_errno(self.failure, errno.ETIMEDOUT) from None
            system_calls.wait_writable(self._descriptor, POLL_S)
            return 0
        self._last_write = time.monotonic()
        return done

    def write_zeros(self, size: int) -> int:
        """Write zeros: `size` of them as a hole where the file can have one."""
        try:
            # Seeking alone does not make the file longer.
            system_calls.truncate(
                self._descriptor, system_calls.seek(self._descriptor, size, os.SEEK_CUR)
            )
        except HostCallError as error:
            # A pipe can't seek, and a device such as /dev/null has no size to set.
            if self._is_regular or error.errno not in (errno.ESPIPE, errno.EINVAL):
                raise HostError.from_call(self.failure, error) from None
            return self.write(bytes(min(ZERO_CHUNK_BYTES, size)))
        return size

    def remove(self, path: bytes) -> None:
        """Leave nothing of a regular file that is not finished."""
        if self._is_regular:
            with suppress(HostCallError):
                # What a symbolic link names stays.
                system_calls.truncate(self._descriptor, 0)
                system_calls.unlink(path)

    def write_segment(self, segment: Segment) -> int:
        """Write the beginning of a part of the address space; holes and I/O are zeros."""
        found = segment.range
        if found is None or found.mapping is None:
            return self.write_zeros(segment.size)
        size = min(segment.size, STEP_BYTES)
        try:
            return self.write(found.mapping.view(found.host_offset(segment.addr), size))
        except HostError as error:
            if error.errno == errno.EFAULT:
                raise UnreadableMemoryError(segment.addr) from None
            raise


@contextmanager
def _open(name: str) -> Iterator[SavedFile]:
    try:
        descriptor = system_calls.open_file(name.encode("latin-1"), CREATE)
    except HostCallError as error:
        raise FileOpenError(name, error.errno) from None
    try:
        file = SavedFile(descriptor)
        with removing_interrupted(file, name):
            yield file
    finally:
        system_calls.close(descriptor)


@contextmanager
def removing_interrupted(file: SavedFile, name: str) -> Iterator[None]:
    """Remove a file when the user interrupts the work in the block.

    Only who listens to the progress can do so: for others a file stays as far as it was written.
    """
    listener = progress_listener()
    try:
        yield
    except (InterruptedByUserError, GeneratorExit):
        if listener:
            file.remove(name.encode("latin-1"))
        raise


def save_virtual(machine: Machine, addr: int, size: int, name: str) -> Iterator[None]:
    """Save `size` bytes at a virtual address to a file; what was read before an error stays in it.

    Raises:
        StateError: The machine has no CPU.
        FileOpenError: The file can't be opened.
        AddressRangeError: There is a hole in the range.
        HostError: The file can't be written.
    """
    if not machine.has_cpu:
        # QEMU prints it without `Error: ` (tests/recordings/hmp/monitor/no-cpu.hmp).
        raise StateError("No CPU available", prefix=False)
    with _open(name) as file:
        done = 0
        for data in _virtual_chunks(machine.address_space, addr, size):
            if data is None:
                raise AddressRangeError(addr, size)
            while data:
                written = file.write(data)
                done += written
                data = data[written:]
                report_progress(done, size, file.failure)
                yield


def _virtual_chunks(space: AddressSpace, addr: int, size: int) -> Iterator[bytes | None]:
    """Yield the memory in large chunks; one that can't be read whole in chunks of QEMU's size."""
    end = addr + size
    for start in range(addr, end, READ_CHUNK_BYTES):
        length = min(READ_CHUNK_BYTES, end - start)
        whole = space.read(start & VIRTUAL_MASK, length)
        if whole is not None:
            yield whole
            continue
        for at in range(start, start + length, PARTIAL_CHUNK_BYTES):
            yield space.read(at & VIRTUAL_MASK, min(PARTIAL_CHUNK_BYTES, start + length - at))


def save_physical(machine: Machine, addr: int, size: int, name: str) -> Iterator[None]:
    """Save `size` bytes at a guest-physical address to a file; holes are zeros.

    Raises:
        FileOpenError: The file can't be opened.
        HostError: The file can't be written, or memory of the host can't be read.
    """
    with _open(name) as file:
        addr &= ALL_ONES_64
        end = addr + size
        while addr < end:
            segment = machine.address_space.segments(addr, end - addr)[0]
            addr += file.write_segment(segment)
            report_progress(size - (end - addr), size, file.failure)
            yield
