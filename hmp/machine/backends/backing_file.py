"""The files behind memory backends: opened, checked and sized in QEMU's order
(docs/qemu-behaviour/backends.md §8).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import NamedTuple

from hmp.errors import HostError, StderrLine
from hmp.machine.fault_injection import maybe_fail
from hmp.machine.memory.mapping import page_size_of
from hmp.units import U64, round_up

TEMPLATING_HINT = (
    "Consider opening the backing store read-only but still creating writable RAM using "
    "'-object memory-backend-file,readonly=on,rom=off...' (see \"VM templating\" documentation)"
)


class BackingFileError(HostError):
    """The file of a backend can't be opened or created."""

    parameter = "mem-path"

    def __init__(self, path: str, errno: int, *hints: str) -> None:
        super().__init__(
            f"can't open backing store {path} for guest RAM: {os.strerror(errno)}", *hints
        )
        self.path, self.errno = path, errno


class BackingFileLengthError(HostError):
    """The file ends before the memory does; lengths in bytes."""

    parameter = "size"

    def __init__(self, name: str, length: int, size: int, offset: int) -> None:
        super().__init__(
            f"{name} backing store size 0x{length:x} is too small for 'size' option "
            f"0x{size:x} plus 'offset' option 0x{offset:x}"
        )
        self.name, self.length, self.size, self.offset = name, length, size, offset


class FilePageError(HostError):
    """An align, an offset or a size does not fit the pages of the file; all in bytes."""

    def __init__(self, parameter: str, value: int, page_size: int, message: str) -> None:
        super().__init__(message)
        self.parameter, self.value, self.page_size = parameter, value, page_size


class FileRequest(NamedTuple):
    """What a backend needs of a file: its name in messages, the path (bytes, held in a Latin-1
    str), and size (rounded up to 4096), offset and align in bytes.
    """

    name: str
    path: str
    size: int
    offset: int
    align: int


class BackingFile(NamedTuple):
    """An open file and, when opening it created it, the path to unlink if something fails later.

    The caller closes the descriptor.
    """

    descriptor: int
    created: bytes

    def undo(self) -> None:
        """Remove the file if it was created by the opening."""
        if self.created:
            os.unlink(self.created)


def open_backing_file(request: FileRequest, readonly: bool, shared: bool) -> BackingFile:
    """Open or create the file; raise BackingFileError when that fails."""
    path = request.path.encode("latin-1")
    try:
        maybe_fail("open")
        return _open(path, request.name, readonly)
    except (OSError, ValueError) as error:
        code = getattr(error, "errno", None) or errno.ENOENT
        hints = (TEMPLATING_HINT,) if _templating_helps(code, path, readonly, shared) else ()
        raise BackingFileError(request.path, code, *hints) from None


def _open(path: bytes, name: str, readonly: bool) -> BackingFile:
    if readonly:
        # A directory can be opened for reading; QEMU rejects it
        # (docs/qemu-behaviour/backends.md §8, file, step 2).
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        if os.path.isdir(path):
            os.close(descriptor)
            raise IsADirectoryError(errno.EISDIR, "")
        return BackingFile(descriptor, b"")
    try:
        return BackingFile(os.open(path, os.O_RDWR | os.O_CLOEXEC), b"")
    except FileNotFoundError:
        # Exclusively: a file that another process created must not be unlinked later. A path that
        # ends in a slash fails here with "Is a directory", as in QEMU. A dangling symbolic link
        # ends here too, with "File exists": QEMU tries for ever.
        return BackingFile(
            os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644), path
        )
    except IsADirectoryError:
        return BackingFile(_open_temporary(path, name), b"")


def _open_temporary(directory: bytes, name: str) -> int:
    import tempfile

    prefix = f"qemu_back_mem.{name.replace('/', '_')}.".encode("latin-1")
    descriptor, path = tempfile.mkstemp(prefix=prefix, dir=directory)
    os.unlink(path)
    return descriptor


def _templating_helps(code: int, path: bytes, readonly: bool, shared: bool) -> bool:
    # docs/qemu-behaviour/backends.md §8, file, step 2.
    if shared or readonly or code != errno.EACCES:
        return False
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True


def length_of(descriptor: int) -> int:
    """Return the length in bytes, found by seeking to the end; 0 for a file that has none."""
    try:
        return os.lseek(descriptor, 0, os.SEEK_END)
    except OSError:
        return 0


def check_backing_file(request: FileRequest, descriptor: int) -> None:
    """Check length, align, offset and size against the file; raise HostError for the first misfit.

    The sum wraps around at 2^64, as QEMU's does. An empty file passes: it gets its size next.
    """
    length, page = length_of(descriptor), page_size_of(descriptor)
    size, offset, align = request.size, request.offset, request.align
    if 0 < length < (offset + size) % U64:
        raise BackingFileLengthError(request.name, length, size, offset)
    if align % page:
        raise FilePageError(
            "align", align, page, f"alignment 0x{align:x} must be multiples of page size 0x{page:x}"
        )
    if align & (align - 1):
        raise FilePageError("align", align, page, f"alignment 0x{align:x} must be a power of two")
    if offset % page:
        raise FilePageError(
            "offset", offset, page, f"offset 0x{offset:x} must be multiples of page size 0x{page:x}"
        )
    if size < page:
        raise FilePageError(
            "size",
            size,
            page,
            f"memory size 0x{size:x} must be equal to or larger than page size 0x{page:x}",
        )


def extend_empty_file(
    request: FileRequest, descriptor: int, emit_stderr: Callable[[str], None]
) -> None:
    """Give an empty file its size; a failure is only reported on stderr, as in QEMU."""
    if length_of(descriptor):
        return
    page = page_size_of(descriptor)
    try:
        resize(descriptor, request.offset + round_up(request.size, page))
    except OSError as error:
        # QEMU prints it with perror(), without its own name (docs/qemu-behaviour/backends.md §8).
        emit_stderr(StderrLine(f"ftruncate: {os.strerror(error.errno or 0)}", prefixed=False))


def resize(descriptor: int, size: int) -> None:
    """Call ftruncate; raise OSError also for a size that the call can't express."""
    # A length is signed to the kernel, which answers so for a negative one.
    if size >= 1 << 63:
        raise OSError(errno.EINVAL, "")
    maybe_fail("ftruncate")
    os.ftruncate(descriptor, size)


def open_shared_memory() -> int:
    """Return a descriptor of a new POSIX shared memory object without a name."""
    import tempfile

    # The objects of shm_open are the files of /dev/shm.
    descriptor, path = tempfile.mkstemp(prefix="hmp-", dir="/dev/shm")
    os.unlink(path)
    return descriptor
