"""The files behind memory backends: opened, checked and sized in QEMU's order
(docs/qemu-behaviour/backends.md §8).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from hmp.errors import HostCallError, HostError, StderrLine
from hmp.machine import system_calls
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
            with suppress(HostCallError):
                system_calls.unlink(self.created)


def open_backing_file(request: FileRequest, readonly: bool, shared: bool) -> BackingFile:
    """Open or create the file; raise BackingFileError when that fails."""
    path = request.path.encode("latin-1")
    try:
        return _open(path, request.name, readonly)
    except HostCallError as error:
        helps = _templating_helps(error.errno, path, readonly, shared)
        hints = (TEMPLATING_HINT,) if helps else ()
        raise BackingFileError(request.path, error.errno, *hints) from None


def _open(path: bytes, name: str, readonly: bool) -> BackingFile:
    # A FIFO without a writer would keep this process from everything else.
    access = system_calls.O_NONBLOCK | (system_calls.O_RDONLY if readonly else system_calls.O_RDWR)
    try:
        descriptor = system_calls.open_file(path, access)
    except HostCallError as error:
        if readonly or error.errno not in (errno.ENOENT, errno.EISDIR):
            raise
        if error.errno == errno.EISDIR:
            prefix = f"qemu_back_mem.{name.replace('/', '_')}.".encode("latin-1")
            return BackingFile(system_calls.open_temporary(path, prefix), b"")
        # Exclusively: a file that another process created must not be unlinked later. A path that
        # ends in a slash fails here with "Is a directory", as in QEMU. A dangling symbolic link
        # ends here too, with "File exists": QEMU tries for ever.
        create = access | system_calls.O_CREAT | system_calls.O_EXCL
        return BackingFile(system_calls.open_file(path, create, 0o644), path)
    opened = BackingFile(descriptor, b"")
    if readonly:
        _reject_directory(opened)
    return opened


def _reject_directory(opened: BackingFile) -> None:
    """Close a directory, which can be opened for reading, and raise HostCallError
    (docs/qemu-behaviour/backends.md §8, file, step 2).
    """
    try:
        if system_calls.file_type(opened.descriptor) == stat.S_IFDIR:
            raise HostCallError("open", errno.EISDIR)
    except HostCallError:
        system_calls.close(opened.descriptor)
        raise


def _templating_helps(code: int, path: bytes, readonly: bool, shared: bool) -> bool:
    # docs/qemu-behaviour/backends.md §8, file, step 2.
    if shared or readonly or code != errno.EACCES:
        return False
    try:
        descriptor = system_calls.open_file(path, system_calls.O_RDONLY | system_calls.O_NONBLOCK)
    except HostCallError:
        return False
    try:
        # A directory has nothing that could be a template (experiment: mem-path=/sys).
        return system_calls.file_type(descriptor) != stat.S_IFDIR
    except HostCallError:
        return False
    finally:
        system_calls.close(descriptor)


def length_of(descriptor: int) -> int:
    """Return the length in bytes, found by seeking to the end; 0 for a file that has none."""
    try:
        return system_calls.seek(descriptor, 0, os.SEEK_END)
    except HostCallError:
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
        system_calls.truncate(descriptor, request.offset + round_up(request.size, page))
    except HostCallError as error:
        # QEMU prints it with perror(), without its own name (docs/qemu-behaviour/backends.md §8).
        emit_stderr(StderrLine(f"ftruncate: {os.strerror(error.errno)}", prefixed=False))
