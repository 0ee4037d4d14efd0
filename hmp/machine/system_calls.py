"""The system calls of the machine: nothing else in `hmp.machine` and `hmp.guest` changes the host,
or fails because of it; what is only shown (memory/host.py, memory/smaps.py) is left out instead.

Each raises HostCallError with the host's errno. Any of them may fail at any time, as the tests make
each of them fail for every command (tests/machine/test_host_faults.py), and users some of them
(`guest fail-host`).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from hmp.errors import HostCallError
from hmp.machine.fault_injection import injected_errno
from hmp.units import ALL_ONES_64

P = ParamSpec("P")
Result = TypeVar("Result")
PROT_NONE, PROT_READ, PROT_WRITE = 0, 1, 2
MAP_SHARED, MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE = 0x01, 0x02, 0x20, 0x4000
MAP_FAILED = ALL_ONES_64
MAX_OFFSET = 1 << 63
FALLOC_FL_PUNCH_HOLE_KEEP_SIZE = 0x02 | 0x01
SYS_MBIND = 237
SYS_KEYCTL, KEYCTL_READ = 250, 11
EVIOCGVERSION = 0x80044501
MALLOPT_ARENA_MAX = -8
HUGETLBFS_MAGIC = 0x958458F6
MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4
F_ADD_SEALS, F_SEAL_SEAL_SHRINK_GROW = 1033, 0x1 | 0x2 | 0x4
O_RDONLY, O_WRONLY, O_RDWR = os.O_RDONLY, os.O_WRONLY, os.O_RDWR
O_CREAT, O_EXCL, O_TRUNC, O_NONBLOCK = os.O_CREAT, os.O_EXCL, os.O_TRUNC, os.O_NONBLOCK
O_APPEND, O_NOCTTY = os.O_APPEND, os.O_NOCTTY
MAX_NAME_BYTES = 255
READ_BYTES = 1 << 16
TIMEOUT_S = 5.0
"""How long a pipe may bring or take nothing."""

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
_libc.process_vm_readv.restype = _libc.process_vm_writev.restype = ctypes.c_ssize_t
_libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]


class _IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_uint64), ("length", ctypes.c_uint64)]


def system_call(name: str) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Decorate a function so that it fails with HostCallError, by itself or by injection."""

    def decorate(function: Callable[P, Result]) -> Callable[P, Result]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> Result:
            code = injected_errno(name)
            if code:
                raise HostCallError(name, code)
            try:
                return function(*args, **kwargs)
            except OSError as error:
                raise HostCallError(name, error.errno or errno.EIO) from None
            except MemoryError:
                raise HostCallError(name, errno.ENOMEM) from None
            except (ValueError, OverflowError) as error:
                # A path with a NUL byte, which C would cut; or a number beyond what the call takes.
                is_path = "null byte" in str(error)
                raise HostCallError(name, errno.ENOENT if is_path else errno.EINVAL) from None

        return call

    return decorate


def _check(failed: object) -> None:
    """Raise OSError with the errno of the C library when its last call failed."""
    if failed:
        raise OSError(ctypes.get_errno(), "")


@system_call("open")
def open_file(path: bytes, flags: int, mode: int = 0o666) -> int:
    """Return a descriptor of a file."""
    return os.open(path, flags | os.O_CLOEXEC, mode)


@system_call("open")
def open_temporary(directory: bytes, prefix: bytes) -> int:
    """Return a descriptor of a new file in a directory that has no name there.

    QEMU's has one for a moment, of `prefix` and six characters, which must not be too long.
    """
    name = prefix + os.urandom(3).hex().encode()
    if len(name) > MAX_NAME_BYTES:
        raise OSError(errno.ENAMETOOLONG, "")
    try:
        # It never has a name, so that a process that is killed leaves none.
        return os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        # The file system has no such files: older kernels' hugetlbfs, overlays.
        if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL):
            raise
    path = os.path.join(directory, name)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.unlink(path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def close(descriptor: int) -> None:
    """Close a descriptor. Linux frees it even when it reports an error, so there is nothing to do
    about one.
    """
    with suppress(OSError):
        os.close(descriptor)


@system_call("fcntl")
def duplicate(descriptor: int) -> int:
    """Return another descriptor of the same open file."""
    # Not below 3, where a descriptor would pass for a standard stream that is closed.
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)


@system_call("read")
def read(descriptor: int, size: int) -> bytes:
    """Return at most `size` bytes of a file; b"" at its end."""
    return os.read(descriptor, size)


def read_file(path: str) -> bytes:
    """Return what is in a small file, such as one of /proc, or a pipe whose writer is quick.

    A pipe without a writer is empty, and one that brings nothing for TIMEOUT_S an error:
    clients of other monitors are not to wait for it.
    """
    descriptor = open_file(path.encode("latin-1"), O_RDONLY | O_NONBLOCK)
    try:
        data = b""
        while piece := _read_when_ready(descriptor):
            data += piece
        return data
    finally:
        close(descriptor)


def _read_when_ready(descriptor: int) -> bytes:
    try:
        return read(descriptor, READ_BYTES)
    except HostCallError as error:
        if error.errno != errno.EAGAIN:
            raise
    import select

    if not select.select([descriptor], [], [], TIMEOUT_S)[0]:
        raise HostCallError("read", errno.ETIMEDOUT)
    return read(descriptor, READ_BYTES)


@system_call("pread")
def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """Return at most `size` bytes from an offset of a file."""
    return os.pread(descriptor, size, offset)


@system_call("write")
def write(descriptor: int, data: bytes | memoryview) -> int:
    """Write bytes to a file, or to a pipe that is read; return how many were written.

    A pipe that takes none now gives EAGAIN (see `wait_writable`).
    """
    return os.write(descriptor, data)


def wait_writable(descriptor: int, seconds: float) -> None:
    """Wait until a pipe takes bytes, but not longer than so many seconds."""
    import select

    select.select([], [descriptor], [], seconds)


@system_call("lseek")
def seek(descriptor: int, offset: int, whence: int) -> int:
    """Set the position in a file, and return it."""
    return os.lseek(descriptor, offset, whence)


@system_call("ftruncate")
def truncate(descriptor: int, size: int) -> None:
    """Set the size of a file in bytes."""
    os.ftruncate(descriptor, size)


@system_call("unlink")
def unlink(path: bytes) -> None:
    """Remove a name of a file."""
    os.unlink(path)


@system_call("fstat")
def file_type(descriptor: int) -> int:
    """Return the type of an open file, as `stat.S_IFMT` does."""
    return stat.S_IFMT(os.fstat(descriptor).st_mode)


@system_call("fstatfs")
def file_system(descriptor: int) -> tuple[int, int]:
    """Return the magic number of the file system of an open file, and the bytes of its blocks."""
    # struct statfs, which is shorter than this, begins with f_type and f_bsize.
    buffer = (ctypes.c_long * 32)()
    _check(_libc.fstatfs(descriptor, ctypes.byref(buffer)))
    return int(buffer[0]), int(buffer[1])


@system_call("memfd_create")
def create_memfd(name: str, flags: int) -> int:
    """Return a descriptor of a new memory file."""
    return os.memfd_create(name, flags)


@system_call("fcntl")
def seal_size(descriptor: int) -> None:
    """Seal the size of a memory file."""
    fcntl.fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL_SHRINK_GROW)


@system_call("mmap")
def mmap(length: int, protection: int, flags: int, descriptor: int, offset: int) -> int:
    """Map memory and return its host address."""
    # The kernel's errors for what a signed offset can't express; ctypes would cut a length of 2^64
    # to 0.
    if length >= MAX_OFFSET or offset >= MAX_OFFSET:
        raise OSError(errno.EOVERFLOW if offset >= MAX_OFFSET else errno.ENOMEM, "")
    address: int = _libc.mmap(0, length, protection, flags, descriptor, offset)
    _check(address == MAP_FAILED)
    return address


def check_addresses(length: int) -> None:
    """Raise HostCallError unless this process has `length` bytes of contiguous addresses left."""
    flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    munmap(mmap(length, PROT_NONE, flags, -1, 0), length)


@system_call("munmap")
def munmap(address: int, length: int) -> None:
    """Unmap memory. It fails where it would split an area and the process has too many."""
    _check(_libc.munmap(address, length))


@system_call("madvise")
def madvise(address: int, length: int, advice: int) -> None:
    """Populate or discard memory; ctypes releases the GIL meanwhile, so that threads can work."""
    _check(_libc.madvise(address, length, advice))


def advise(address: int, length: int, advice: int) -> None:
    """Tell the host how memory is used; one that does not know the advice ignores it."""
    _libc.madvise(address, length, advice)


@system_call("mlockall")
def lock_memory(flags: int) -> None:
    """Keep all memory of this process from being swapped out; the flags are those of mlockall."""
    _check(_libc.mlockall(flags))


def unlock_memory() -> None:
    """Let the memory of this process be swapped out again."""
    _libc.munlockall()


@system_call("mbind")
def mbind(address: int, length: int, policy: int, nodes: list[int], flags: int) -> None:
    """Set the NUMA policy of memory."""
    mask = (ctypes.c_uint64 * 3)()
    for node in nodes:
        mask[node // 64] |= 1 << node % 64
    # The kernel reads one bit less than it is told (experiment: to bind to node 0 takes 2).
    bits = max(nodes) + 2 if nodes else 0
    _check(_libc.syscall(SYS_MBIND, address, length, policy, ctypes.addressof(mask), bits, flags))


@system_call("fallocate")
def punch_hole(descriptor: int, offset: int, length: int) -> None:
    """Free a part of a file, which reads as zeros then."""
    _check(_libc.fallocate(descriptor, FALLOC_FL_PUNCH_HOLE_KEEP_SIZE, offset, length))


@system_call("process_vm_readv")
def read_memory(address: int, length: int) -> bytes:
    """Return memory of this process, copied by the kernel: where reading it would raise SIGBUS, as
    beyond the end of a truncated file, this fails with EFAULT.
    """
    buffer = ctypes.create_string_buffer(length)
    local = _IoVec(ctypes.addressof(buffer), length)
    remote = _IoVec(address, length)
    done = _libc.process_vm_readv(os.getpid(), ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
    if done != length:
        raise OSError(ctypes.get_errno() if done < 0 else errno.EFAULT, "")
    return buffer.raw


@system_call("process_vm_writev")
def write_memory(address: int, data: bytes) -> None:
    """Write to memory of this process, by the kernel: with EFAULT where reading fails, too."""
    buffer = ctypes.create_string_buffer(data, len(data))
    local = _IoVec(ctypes.addressof(buffer), len(data))
    remote = _IoVec(address, len(data))
    done = _libc.process_vm_writev(os.getpid(), ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
    if done != len(data):
        raise OSError(ctypes.get_errno() if done < 0 else errno.EFAULT, "")


def memory_view(address: int, length: int) -> memoryview:
    """Return a view of memory of this process, for `write`."""
    return memoryview((ctypes.c_char * length).from_address(address))


def limit_arenas() -> None:
    """Keep the allocator from mapping 64 MiB for each thread, for good."""
    _libc.mallopt(MALLOPT_ARENA_MAX, 1)


@system_call("sched_getaffinity")
def allowed_cpus() -> set[int]:
    """Return the CPUs on which this thread may run."""
    return os.sched_getaffinity(0)


@system_call("sched_setaffinity")
def run_on_cpus(cpus: set[int]) -> None:
    """Let this thread run on these CPUs only."""
    os.sched_setaffinity(0, cpus)


@system_call("clone")
def start_thread(function: Callable[[], None], stack_bytes: int) -> None:
    """Run a function in a new thread.

    `threading.Thread.start` waits for the thread to report that it runs, for ever where the thread
    has no memory to do so.
    """
    import _thread

    default = _thread.stack_size(stack_bytes)
    try:
        _thread.start_new_thread(function, ())
    except RuntimeError:
        raise OSError(errno.EAGAIN, "") from None
    finally:
        _thread.stack_size(default)


@system_call("keyctl")
def check_key(serial: int) -> None:
    """Fail unless the kernel's keyring has a readable key of that number."""
    _check(_libc.syscall(SYS_KEYCTL, KEYCTL_READ, serial & ALL_ONES_64, 0, 0, 0, 0) < 0)


@system_call("ioctl")
def check_evdev(descriptor: int) -> None:
    """Fail unless an open file is an input device."""
    fcntl.ioctl(descriptor, EVIOCGVERSION, b"0123")


def is_socket(descriptor: int) -> bool:
    """Return whether a descriptor is that of a socket."""
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except (OSError, OverflowError):
        return False


def exists(path: bytes) -> bool:
    """Return whether a file is there."""
    return os.path.exists(path)


def is_folder(path: bytes) -> bool:
    """Return whether a folder is there."""
    return os.path.isdir(path)


@system_call("fcntl")
def file_control(descriptor: int, command: int, argument: bytes) -> bytes:
    """Do what a command of fcntl asks; return what is in the argument then."""
    return fcntl.fcntl(descriptor, command, argument)


@system_call("stat")
def file_status(path: bytes) -> os.stat_result:
    """Return the status of a file."""
    return os.stat(path)
