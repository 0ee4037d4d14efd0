"""Real memory: only this module calls mmap, memfd_create, madvise, mbind and fallocate.

It calls the C library: Python's mmap gives no address of read-only memory, and rejects a mapping
beyond the end of its file, which QEMU makes (docs/qemu-behaviour/backends.md §8, file, step 5). The
constants are those of Linux on x86-64.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

from hmp.errors import HostError
from hmp.machine.fault_injection import maybe_fail
from hmp.machine.memory.prealloc import Preallocation
from hmp.machine.progress import InterruptedByUserError
from hmp.units import ALL_ONES_32, ALL_ONES_64, GIB, KIB, round_up

PAGE_SIZE = 4096
MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE = 0x01, 0x02, 0x20, 0x4000
PROT_READ, PROT_WRITE = 1, 2
MAP_FAILED = ALL_ONES_64
MAX_OFFSET = 1 << 63
MADV_DONTNEED, MADV_REMOVE, MADV_HUGEPAGE, MADV_DONTDUMP = 4, 9, 14, 16
MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_POPULATE_WRITE = 12, 13, 23
FALLOC_FL_PUNCH_HOLE_KEEP_SIZE = 0x02 | 0x01
SYS_MBIND = 237
POLICIES = {"default": 0, "preferred": 1, "bind": 2, "interleave": 3}
MPOL_MF_STRICT_MOVE = 1 | 2
WRITE_CHUNK_BYTES = GIB
MALLOPT_ARENA_MAX = -8
HUGETLBFS_MAGIC = 0x958458F6
F_ADD_SEALS, F_SEAL_SEAL_SHRINK_GROW = 1033, 0x1 | 0x2 | 0x4
MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_HUGETLB, MFD_HUGE_SHIFT = 1, 2, 4, 26

_libc = ctypes.CDLL(None, use_errno=True)
# Without these declarations ctypes passes and returns C ints, which cut addresses to 32 bits.
_libc.mmap.restype = ctypes.c_uint64
_libc.mmap.argtypes = [
    ctypes.c_uint64,
    ctypes.c_uint64,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_uint64,
]
_libc.munmap.argtypes = [ctypes.c_uint64, ctypes.c_uint64]
_libc.madvise.argtypes = [ctypes.c_uint64, ctypes.c_uint64, ctypes.c_int]
_libc.syscall.argtypes = [ctypes.c_long] + [ctypes.c_uint64] * 6
_libc.process_vm_readv.restype = ctypes.c_ssize_t
_libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]


class MapError(HostError):
    """The host can't map the memory."""


class NumaBindError(HostError):
    """The host can't bind the memory to the given nodes."""

    parameter = "host-nodes"


class PreallocError(HostError):
    """The host has not enough pages, or a thread can't start."""


class _IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_uint64), ("length", ctypes.c_uint64)]


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

        The caller keeps its descriptor. Raises OSError with the host's reason.
        """
        flags = (
            (MAP_SHARED if shared else MAP_PRIVATE)
            | (0 if reserve else MAP_NORESERVE)
            | (MAP_ANONYMOUS if descriptor < 0 else 0)
        )
        self.length, self.page_size = round_up(length, page_size), page_size
        self.writable = writable
        # The kernel's errors for what a signed offset can't express; ctypes would cut a length of
        # 2^64 to 0.
        if self.length >= MAX_OFFSET or offset >= MAX_OFFSET:
            raise OSError(errno.EOVERFLOW if offset >= MAX_OFFSET else errno.ENOMEM, "")
        maybe_fail("mmap")
        protection = PROT_READ | (PROT_WRITE if writable else 0)
        self.address: int = _libc.mmap(0, self.length, protection, flags, descriptor, offset)
        if self.address == MAP_FAILED:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        self.shared, self._file_offset, self._descriptor = shared, offset, -1
        if descriptor >= 0:
            self._keep_open(descriptor)

    def _keep_open(self, descriptor: int) -> None:
        """Duplicate the descriptor; unmap when the process has none left."""
        try:
            # Not below 3, where a descriptor would pass for a standard stream that is closed.
            self._descriptor = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Unmap the memory; do nothing when it is unmapped already."""
        if self.length:
            _libc.munmap(self.address, self.length)
            self.length = 0
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def advise(self, advice: int, offset: int = 0, length: int | None = None) -> int:
        """Call madvise on a part or on the whole; return 0 or the errno."""
        failed = bool(
            _libc.madvise(self.address + offset, self.length if length is None else length, advice)
        )
        code: int = ctypes.get_errno() if failed else 0
        return code

    def apply_madvise(self, merge: bool, dump: bool) -> None:
        """Advise the host of `merge`, `dump` and huge pages; ignore advice that it doesn't know."""
        # QEMU asks for huge pages always (experiment: VmFlags in its /proc/PID/smaps).
        self.advise(MADV_HUGEPAGE)
        if merge:
            self.advise(MADV_MERGEABLE)
        if not dump:
            self.advise(MADV_DONTDUMP)

    def set_merge(self, merge: bool) -> None:
        """Change whether identical pages may be merged."""
        self.advise(MADV_MERGEABLE if merge else MADV_UNMERGEABLE)

    @property
    def is_file_backed(self) -> bool:
        """Whether a file is mapped, with or without a name."""
        return self._descriptor >= 0

    def discard_file_data(self) -> None:
        """Punch the mapped range out of its shared file, where that is possible."""
        self.advise(MADV_REMOVE)

    def discard(self, offset: int, length: int) -> None:
        """Give a part of the memory back to the host, also in the file; it reads as zeros then.

        Raises HostError when the file can't have a hole there.
        """
        with HostError.wrapping_os_errors("Unexpected error discarding RAM"):
            maybe_fail("fallocate")
            self._discard(offset, length)

    def _discard(self, offset: int, length: int) -> None:
        # A hole in the file empties a shared mapping too; a private one keeps the pages that it has
        # copied. Shared memory without a file is emptied by MADV_REMOVE alone.
        code = 0
        if self._descriptor >= 0:
            file_offset = self._file_offset + offset
            if _libc.fallocate(
                self._descriptor, FALLOC_FL_PUNCH_HOLE_KEEP_SIZE, file_offset, length
            ):
                code = ctypes.get_errno()
        if not code and (not self.shared or self._descriptor < 0):
            code = self.advise(MADV_REMOVE if self.shared else MADV_DONTNEED, offset, length)
        if code:
            raise OSError(code, os.strerror(code))

    def bind(self, policy: str, nodes: list[int]) -> None:
        """Set the NUMA policy; raise NumaBindError with the kernel's reason."""
        mask = (ctypes.c_uint64 * 3)()
        for node in nodes:
            mask[node // 64] |= 1 << node % 64
        # The kernel reads one bit less than it is told (experiment: to bind to node 0 takes 2).
        highest = max(nodes) + 2 if nodes else 0
        with NumaBindError.wrapping_os_errors("cannot bind memory to host NUMA nodes"):
            maybe_fail("mbind")
            if _libc.syscall(
                SYS_MBIND,
                self.address,
                self.length,
                POLICIES[policy],
                ctypes.addressof(mask),
                highest,
                MPOL_MF_STRICT_MOVE,
            ):
                raise OSError(ctypes.get_errno(), "")

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
        try:
            maybe_fail("madvise")
            # Without this the allocator would map 64 MiB for each thread, and keep them.
            _libc.mallopt(MALLOPT_ARENA_MAX, 1)
            preallocation.run()
        except OSError as error:
            preallocation.codes.append(error.errno or 0)
        if preallocation.codes:
            failure = InterruptedByUserError if preallocation.stopped else PreallocError
            raise failure.from_errno(
                "qemu_prealloc_mem: preallocating memory failed", preallocation.codes[0]
            )

    def read(self, offset: int, length: int) -> bytes | None:
        """Return bytes of the mapping, or None when the host can't provide them.

        The kernel copies: a page beyond the end of a truncated file would raise SIGBUS here.
        """
        buffer = ctypes.create_string_buffer(length)
        local = _IoVec(ctypes.addressof(buffer), length)
        remote = _IoVec(self.address + offset, length)
        done = _libc.process_vm_readv(
            os.getpid(), ctypes.byref(local), 1, ctypes.byref(remote), 1, 0
        )
        return buffer.raw if done == length else None

    def host_physical_address(self, offset: int) -> int:
        """Return the host physical address of a byte, from the kernel's page map.

        Raises HostError when the page map can't be read or has no such page.
        """
        address = self.address + offset
        self.read(offset, 1)  # An untouched page has no physical address.
        with (
            HostError.wrapping_os_errors("Cannot open /proc/self/pagemap"),
            open("/proc/self/pagemap", "rb") as pages,
        ):
            entry = int.from_bytes(os.pread(pages.fileno(), 8, address // PAGE_SIZE * 8), "little")
        # Bit 63: the page is present; bits 0-54: its frame, 0 for a process without CAP_SYS_ADMIN.
        if not entry >> 63:
            raise HostError("Page not present")
        return (entry & (1 << 55) - 1) * PAGE_SIZE + address % PAGE_SIZE

    def write_to(self, descriptor: int, offset: int, length: int) -> int:
        """Write bytes of the mapping to a file; return the count, less when a page can't be read.

        Raises OSError when the file can't be written.
        """
        # The kernel reads the memory: where this process would get SIGBUS, write fails with EFAULT.
        view = memoryview((ctypes.c_char * length).from_address(self.address + offset))
        done = 0
        while done < length:
            try:
                done += os.write(descriptor, view[done : done + WRITE_CHUNK_BYTES])
            except OSError as error:
                if error.errno == errno.EFAULT:
                    break
                raise
        return done


def _make_resident(start: int, length: int) -> int:
    """Make the pages of a range of addresses resident; return 0 or the errno.

    ctypes releases the GIL for the call, so that threads work at the same time.
    """
    while _libc.madvise(start, length, MADV_POPULATE_WRITE):
        code: int = ctypes.get_errno()
        if code not in (errno.EINTR, errno.EAGAIN):
            return code
    return 0


def page_size_of(descriptor: int) -> int:
    """Return the page size in bytes of a mapped file: on hugetlbfs that of its huge pages."""
    # struct statfs, which is shorter than this, begins with f_type and f_bsize.
    buffer = (ctypes.c_long * 32)()
    if _libc.fstatfs(descriptor, ctypes.byref(buffer)) or buffer[0] != HUGETLBFS_MAGIC:
        return PAGE_SIZE
    return int(buffer[1])


def create_memfd(name: str, seal: bool, huge_shift: int | None) -> int:
    """Return a descriptor of a new memory file; raise HostError with the host's reason.

    The file has huge pages of 2^`huge_shift` bytes, of the default size for 0, none for None.
    """
    flags = MFD_CLOEXEC | (MFD_ALLOW_SEALING if seal else 0)
    if huge_shift is not None:
        flags |= MFD_HUGETLB | huge_shift << MFD_HUGE_SHIFT
    with HostError.wrapping_os_errors(f"failed to create memfd with flags 0x{flags:x}"):
        maybe_fail("memfd_create")
        return os.memfd_create(name[:200], flags & ALL_ONES_32)


def seal_size(descriptor: int) -> None:
    """Seal the size of a memory file, and the seals."""
    fcntl.fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL_SHRINK_GROW)


def transparent_huge_page_size() -> int:
    """Return the bytes of the host's transparent huge pages; 0 when it has none."""
    try:
        with open("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", encoding="ascii") as size:
            return int(size.read())
    except (OSError, ValueError):
        return 0


def mem_available() -> int:
    """Return the bytes that the host can give without swapping, as it estimates itself
    (MemAvailable).
    """
    with open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * KIB
    return 0
