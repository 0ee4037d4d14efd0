"""Real memory: what a mapping is, how it is populated, discarded and read.

The system calls are those of the C library (`hmp.machine.system_calls`): Python's mmap gives no
address of read-only memory, and rejects a mapping beyond the end of its file, which QEMU makes
(docs/qemu-behaviour/backends.md §8, file, step 5). The constants are those of Linux on x86-64.
"""

from __future__ import annotations

import errno

from hmp.errors import HostCallError, HostError
from hmp.machine import system_calls
from hmp.machine.memory.prealloc import Preallocation
from hmp.machine.progress import InterruptedByUserError
from hmp.units import PAGE_SIZE, round_up

MADV_DONTNEED, MADV_REMOVE, MADV_HUGEPAGE, MADV_DONTDUMP = 4, 9, 14, 16
MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_POPULATE_WRITE = 12, 13, 23
POLICIES = {"default": 0, "preferred": 1, "bind": 2, "interleave": 3}
MPOL_MF_STRICT_MOVE = 1 | 2
MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_HUGETLB, MFD_HUGE_SHIFT = 1, 2, 4, 26


class MapError(HostError):
    """The host can't map the memory."""


class NumaBindError(HostError):
    """The host can't bind the memory to the given nodes."""

    parameter = "host-nodes"


class PreallocError(HostError):
    """The host has not enough pages, or a thread can't start."""


class Mapping:
    """Mapped host memory: host `address`, and `length` and `page_size` in bytes.

    A mapped file stays open through a descriptor of the mapping's own: discarding memory needs the
    file itself. Who makes a mapping closes it: a backend, or the machine for its firmware.
    """

    def __init__(
        self,
        length: int,
        *,
        descriptor: int = -1,
        offset: int = 0,
        shared: bool = False,
        reserve: bool = True,
        writable: bool = True,
        page_size: int = PAGE_SIZE,
    ) -> None:
        """Map `length` bytes, rounded up to pages, of new memory or of an open file.

        The caller keeps its descriptor. Raises HostCallError.
        """
        flags = (
            (system_calls.MAP_SHARED if shared else system_calls.MAP_PRIVATE)
            | (0 if reserve else system_calls.MAP_NORESERVE)
            | (system_calls.MAP_ANONYMOUS if descriptor < 0 else 0)
        )
        protection = system_calls.PROT_READ | (system_calls.PROT_WRITE if writable else 0)
        self.length, self.page_size = round_up(length, page_size), page_size
        self.writable, self.shared, self._file_offset = writable, shared, offset
        self._descriptor = -1 if descriptor < 0 else system_calls.duplicate(descriptor)
        try:
            self.address = system_calls.mmap(self.length, protection, flags, descriptor, offset)
        except BaseException:
            self._close_file()
            raise

    def _close_file(self) -> None:
        if self._descriptor >= 0:
            system_calls.close(self._descriptor)
            self._descriptor = -1

    def close(self) -> None:
        """Unmap the memory; do nothing when it is unmapped already.

        Raises HostCallError, with the memory mapped as before, where the host can't unmap it.
        """
        if self.length:
            system_calls.munmap(self.address, self.length)
            self.length = 0
        self._close_file()

    def give_back_pages(self) -> None:
        """Give everything but the addresses back, where `close` has failed and nobody will try
        again: when the process has as many areas of memory as it may have, and this one would leave
        a hole in another.
        """
        self._advise(MADV_DONTNEED)
        self._close_file()

    def apply_madvise(self, merge: bool, dump: bool) -> None:
        """Advise the host of `merge`, `dump` and huge pages; ignore advice that it doesn't know."""
        # QEMU asks for huge pages always (experiment: VmFlags in its /proc/PID/smaps).
        self._advise(MADV_HUGEPAGE)
        if merge:
            self._advise(MADV_MERGEABLE)
        if not dump:
            self._advise(MADV_DONTDUMP)

    def set_merge(self, merge: bool) -> None:
        """Change whether identical pages may be merged."""
        self._advise(MADV_MERGEABLE if merge else MADV_UNMERGEABLE)

    def _advise(self, advice: int) -> None:
        system_calls.advise(self.address, self.length, advice)

    @property
    def is_file_backed(self) -> bool:
        """Whether a file is mapped, with or without a name."""
        return self._descriptor >= 0

    def discard_file_data(self) -> None:
        """Punch the mapped range out of its shared file, where that is possible."""
        self._advise(MADV_REMOVE)

    def discard(self, offset: int, length: int) -> None:
        """Give a part of the memory back to the host, also in the file; it reads as zeros then.

        Raises HostError when the file can't have a hole there.
        """
        # A hole in the file empties a shared mapping too; a private one keeps the pages that it has
        # copied. Shared memory without a file is emptied by MADV_REMOVE alone.
        with HostError.wrapping_calls("Unexpected error discarding RAM"):
            if self._descriptor >= 0:
                system_calls.punch_hole(self._descriptor, self._file_offset + offset, length)
            if not self.shared or self._descriptor < 0:
                advice = MADV_REMOVE if self.shared else MADV_DONTNEED
                system_calls.madvise(self.address + offset, length, advice)

    def bind(self, policy: str, nodes: list[int]) -> None:
        """Set the NUMA policy; raise NumaBindError with the kernel's reason."""
        with NumaBindError.wrapping_calls("cannot bind memory to host NUMA nodes"):
            system_calls.mbind(
                self.address, self.length, POLICIES[policy], nodes, MPOL_MF_STRICT_MOVE
            )

    def populate(
        self, threads: int, offset: int = 0, length: int | None = None, cpus: set[int] | None = None
    ) -> None:
        """Make every page of a part resident, contents unchanged, in `threads` threads on `cpus`.

        Raises PreallocError with the host's reason, InterruptedByUserError when the progress
        listener stops it.
        """
        size = self.length - offset if length is None else length
        preallocation = Preallocation(
            _make_resident, self.address + offset, size, self.page_size, threads, cpus
        )
        preallocation.run()
        if preallocation.codes:
            failure = InterruptedByUserError if preallocation.stopped else PreallocError
            raise failure.from_errno(
                "qemu_prealloc_mem: preallocating memory failed", preallocation.codes[0]
            )

    def read(self, offset: int, length: int) -> bytes | None:
        """Return bytes of the mapping, or None when the host can't provide them."""
        try:
            return system_calls.read_memory(self.address + offset, length)
        except HostCallError:
            return None

    def write(self, offset: int, data: bytes) -> None:
        """Write bytes into the mapping; raise HostCallError when the host can't provide the pages,
        or they are read-only.
        """
        system_calls.write_memory(self.address + offset, data)

    def host_physical_address(self, offset: int) -> int:
        """Return the host physical address of a byte, from the kernel's page map.

        Raises HostError when the page map can't be read or has no such page.
        """
        address = self.address + offset
        self.read(offset, 1)  # An untouched page has no physical address.
        with HostError.wrapping_calls("Cannot open /proc/self/pagemap"):
            pages = system_calls.open_file(b"/proc/self/pagemap", system_calls.O_RDONLY)
        try:
            with HostError.wrapping_calls("Cannot read /proc/self/pagemap"):
                entry = system_calls.read_at(pages, 8, address // PAGE_SIZE * 8)
        finally:
            system_calls.close(pages)
        # Bit 63: the page is present; bits 0-54: its frame, 0 for a process without CAP_SYS_ADMIN.
        frame = int.from_bytes(entry, "little")
        if not frame >> 63:
            raise HostError("Page not present")
        return (frame & (1 << 55) - 1) * PAGE_SIZE + address % PAGE_SIZE

    def view(self, offset: int, length: int) -> memoryview:
        """Return bytes of the mapping for a system call, which may not be able to read them, as
        beyond the end of a truncated file: reading them here would raise SIGBUS.
        """
        return system_calls.memory_view(self.address + offset, length)


def _make_resident(start: int, length: int) -> int:
    """Make the pages of a range of addresses resident; return 0 or the errno."""
    while True:
        try:
            system_calls.madvise(start, length, MADV_POPULATE_WRITE)
            return 0
        except HostCallError as error:
            if error.errno not in (errno.EINTR, errno.EAGAIN):
                return error.errno


def page_size_of(descriptor: int) -> int:
    """Return the page size in bytes of a mapped file: on hugetlbfs that of its huge pages.

    Raises HostCallError.
    """
    magic, block_size = system_calls.file_system(descriptor)
    return block_size if magic == system_calls.HUGETLBFS_MAGIC else PAGE_SIZE


def create_memfd(name: str, seal: bool, huge_shift: int | None) -> int:
    """Return a descriptor of a new memory file; raise HostError with the host's reason.

    The file has huge pages of 2^`huge_shift` bytes, of the default size for 0, none for None.
    """
    flags = MFD_CLOEXEC | (MFD_ALLOW_SEALING if seal else 0)
    if huge_shift is not None:
        flags |= MFD_HUGETLB | huge_shift << MFD_HUGE_SHIFT
    with HostError.wrapping_calls(f"failed to create memfd with flags 0x{flags:x}"):
        return system_calls.create_memfd(name, flags)


def transparent_huge_page_size() -> int:
    """Return the bytes of the host's transparent huge pages; 0 when it has none."""
    try:
        return int(system_calls.read_file("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"))
    except (HostCallError, ValueError):
        return 0
