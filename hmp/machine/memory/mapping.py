"""Real memory: the only file that calls mmap, memfd_create, madvise, mbind and fallocate.

A mapping knows its address, length and page size; what it backs is not known here.
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

PAGE = 4096
SHARED, PRIVATE, ANONYMOUS, NORESERVE = 0x01, 0x02, 0x20, 0x4000
READ, WRITE = 1, 2
FAILED = (1 << 64) - 1
MADV_DONTNEED, MADV_REMOVE, MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_DONTDUMP = (
    4,
    9,
    12,
    13,
    14,
    16,
)
MADV_POPULATE_WRITE = 23
PUNCH_HOLE_KEEPING_SIZE = 0x02 | 0x01
MBIND = 237
POLICIES = {"default": 0, "preferred": 1, "bind": 2, "interleave": 3}
MPOL_MF_STRICT_MOVE = 1 | 2
WRITE_PIECE = 1 << 30
MALLOPT_ARENA_MAX = -8
HUGETLBFS_MAGIC = 0x958458F6
MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_HUGETLB, MFD_HUGE_SHIFT = 1, 2, 4, 26

_libc = ctypes.CDLL(None, use_errno=True)
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
    """The host maps no such memory, or has none left."""


class NumaBindError(HostError):
    """The host can't take the memory from its nodes that were asked for."""

    parameter = "host-nodes"


class PreallocError(HostError):
    """The host has not pages enough, or its threads failed."""


class _Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_uint64), ("length", ctypes.c_uint64)]


class Mapping:
    """A mapped range of host memory; `address` and `length` in bytes, unmapped by `close`.

    A mapped file stays open through a descriptor of the mapping's own: giving memory back needs the
    file itself.
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
        page_size: int = PAGE,
    ) -> None:
        """Map; raises OSError with the host's reason."""
        flags = (
            (SHARED if shared else PRIVATE)
            | (0 if reserve else NORESERVE)
            | (ANONYMOUS if descriptor < 0 else 0)
        )
        self.length, self.page_size, self.writable = (
            -(-length // page_size) * page_size,
            page_size,
            writable,
        )
        if self.length >= 1 << 63 or offset >= 1 << 63:
            raise OSError(errno.EOVERFLOW if offset >= 1 << 63 else errno.ENOMEM, "")
        maybe_fail("mmap")
        protection = READ | (WRITE if writable else 0)
        self.address: int = _libc.mmap(0, self.length, protection, flags, descriptor, offset)
        if self.address == FAILED:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        self.shared, self._file_offset, self._descriptor = shared, offset, -1
        if descriptor >= 0:
            self._keep_open(descriptor)

    def _keep_open(self, descriptor: int) -> None:
        """Hold the file by a descriptor of our own; nothing stays mapped when there is none left to
        have.
        """
        try:
            self._descriptor = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Give the memory back to the host."""
        if self.length:
            _libc.munmap(self.address, self.length)
            self.length = 0
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def advise(self, advice: int, offset: int = 0, length: int | None = None) -> int:
        """madvise on a part, or on the whole range; 0 or the error number."""
        failed = bool(
            _libc.madvise(self.address + offset, self.length if length is None else length, advice)
        )
        code: int = ctypes.get_errno() if failed else 0
        return code

    def tune(self, merge: bool, dump: bool) -> None:
        """Tell the host what `merge`, `dump` and large size ask for; advice that it doesn't know is
        no error.
        """
        self.advise(MADV_HUGEPAGE)
        if merge:
            self.advise(MADV_MERGEABLE)
        if not dump:
            self.advise(MADV_DONTDUMP)

    def set_merge(self, merge: bool) -> None:
        """Change whether identical pages may be merged."""
        self.advise(MADV_MERGEABLE if merge else MADV_UNMERGEABLE)

    @property
    def of_file(self) -> bool:
        """Whether a file is mapped, with or without a name."""
        return self._descriptor >= 0

    def discard_file_data(self) -> None:
        """Punch the mapped range out of its shared file; silently nothing where that can't be
        done.
        """
        self.advise(MADV_REMOVE)

    def discard(self, offset: int, length: int) -> None:
        """Return a part of the memory to the host, out of the file as well; it reads as zeros
        afterwards.

        Raises OSError when the file can't have a hole there.
        """
        maybe_fail("fallocate")
        code = 0
        if self._descriptor >= 0:
            where = self._file_offset + offset
            if _libc.fallocate(self._descriptor, PUNCH_HOLE_KEEPING_SIZE, where, length):
                code = ctypes.get_errno()
        if not code and (not self.shared or self._descriptor < 0):
            code = self.advise(MADV_REMOVE if self.shared else MADV_DONTNEED, offset, length)
        if code:
            raise OSError(code, os.strerror(code))

    def bind(self, policy: str, nodes: list[int]) -> None:
        """Set the NUMA policy; NumaBindError with the kernel's reason."""
        mask = (ctypes.c_uint64 * 3)()
        for node in nodes:
            mask[node // 64] |= 1 << node % 64
        highest = max(nodes) + 2 if nodes else 0
        try:
            maybe_fail("mbind")
            if _libc.syscall(
                MBIND,
                self.address,
                self.length,
                POLICIES[policy],
                ctypes.addressof(mask),
                highest,
                MPOL_MF_STRICT_MOVE,
            ):
                raise OSError(ctypes.get_errno(), "")
        except OSError as error:
            raise NumaBindError.from_os("cannot bind memory to host NUMA nodes", error) from None

    def populate(
        self, threads: int, offset: int = 0, length: int | None = None, cpus: set[int] | None = None
    ) -> None:
        """Make every page resident, contents unchanged, in `threads` threads on `cpus`.

        PreallocError with the reason when it can't be, InterruptedByUserError when who watches
        stopped it.
        """
        wanted = self.length - offset if length is None else length
        population = Preallocation(
            _make_resident, self.address + offset, wanted, self.page_size, threads, cpus
        )
        try:
            maybe_fail("madvise")
            # Without this the allocator would map 64 MiB for each thread and keep them: system
            # calls need neither.
            _libc.mallopt(MALLOPT_ARENA_MAX, 1)
            population.run()
        except OSError as error:
            population.codes.append(error.errno or 0)
        if population.codes:
            failure = InterruptedByUserError if population.stopped else PreallocError
            raise failure.from_errno(
                "qemu_prealloc_mem: preallocating memory failed", population.codes[0]
            )

    def read(self, offset: int, length: int) -> bytes | None:
        """Bytes of the mapping, or None when the host can't give them: no page, however broken,
        raises a signal.
        """
        buffer = ctypes.create_string_buffer(length)
        local = _Vector(ctypes.addressof(buffer), length)
        remote = _Vector(self.address + offset, length)
        done = _libc.process_vm_readv(
            os.getpid(), ctypes.byref(local), 1, ctypes.byref(remote), 1, 0
        )
        return buffer.raw if done == length else None

    def physical(self, offset: int) -> int:
        """Host physical address of a byte, from the kernel's page map; HostError when the kernel
        won't tell.
        """
        where = self.address + offset
        self.read(offset, 1)  # A page that nobody looked at yet has no address.
        try:
            with open("/proc/self/pagemap", "rb") as pages:
                entry = int.from_bytes(os.pread(pages.fileno(), 8, where // PAGE * 8), "little")
        except OSError as error:
            raise HostError.from_os("Cannot open /proc/self/pagemap", error) from None
        if not entry >> 63:
            raise HostError("Page not present")
        return (entry & (1 << 55) - 1) * PAGE + where % PAGE

    def write_to(self, descriptor: int, offset: int, length: int) -> int:
        """Write bytes of the mapping to a file without copying them here; the count, less when a
        page can't be read.

        Raises OSError when the file can't take them.
        """
        view = memoryview((ctypes.c_char * length).from_address(self.address + offset))
        done = 0
        while done < length:
            try:
                done += os.write(descriptor, view[done : done + WRITE_PIECE])
            except OSError as error:
                if error.errno == errno.EFAULT:
                    break
                raise
        return done


def _make_resident(start: int, length: int) -> int:
    """Make the pages of a range of addresses resident; 0 or the error number."""
    while _libc.madvise(start, length, MADV_POPULATE_WRITE):
        code: int = ctypes.get_errno()
        if code not in (errno.EINTR, errno.EAGAIN):
            return code
    return 0


def page_size_of(descriptor: int) -> int:
    """Page size in bytes of memory mapped from a file: the huge page size on hugetlbfs, else
    4096.
    """
    buffer = (ctypes.c_long * 32)()
    if _libc.fstatfs(descriptor, ctypes.byref(buffer)) or buffer[0] != HUGETLBFS_MAGIC:
        return PAGE
    return int(buffer[1])


def memory_file(name: str, seal: bool, huge_shift: int | None) -> int:
    """A descriptor from memfd_create; HostError with the flags and the reason."""
    flags = MFD_CLOEXEC | (MFD_ALLOW_SEALING if seal else 0)
    if huge_shift is not None:
        flags |= MFD_HUGETLB | huge_shift << MFD_HUGE_SHIFT
    try:
        maybe_fail("memfd_create")
        return os.memfd_create(name[:200], flags & 0xFFFFFFFF)
    except OSError as error:
        raise HostError.from_os(f"failed to create memfd with flags 0x{flags:x}", error) from None


def seal_size(descriptor: int) -> None:
    """Forbid that a sealable memory file changes its size."""
    fcntl.fcntl(descriptor, 1033, 0x1 | 0x2 | 0x4)


def huge_page_default() -> int:
    """Bytes of a transparent huge page of the host; 0 when the host has none."""
    try:
        with open("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", encoding="ascii") as size:
            return int(size.read())
    except (OSError, ValueError):
        return 0


def available() -> int:
    """Bytes that the host can give without pushing anything out, from /proc/meminfo."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    return 0
