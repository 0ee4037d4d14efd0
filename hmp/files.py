"""Open files that users name, without waiting for what is no regular file: opening a FIFO may wait
for ever, and opening a device may do something.
"""

from __future__ import annotations

import errno
import os
import stat

# `os.PathLike[str]` is what pathlib's paths are.
Path = str | os.PathLike[str]
READ_BYTES = 1 << 16


def open_regular(path: Path, flags: int, mode: int = 0o666) -> int:
    """Return a descriptor of a regular file; raise OSError, also for anything else."""
    try:
        _check_regular(os.stat(path, follow_symlinks=not flags & os.O_NOFOLLOW))
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    except ValueError as error:  # A NUL in the path.
        raise OSError(errno.EINVAL, str(error)) from None
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, mode)
    try:
        # It may be another file by now.
        _check_regular(os.fstat(descriptor))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, "it is a symbolic link")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the bytes of a file, at most `limit`; raise OSError when it can't be read, is no
    regular file, or is larger.
    """
    descriptor = open_regular(path, os.O_RDONLY)
    try:
        return _read(descriptor, limit)
    finally:
        os.close(descriptor)


def read_text(path: Path, limit: int) -> str:
    """Return the text of a UTF-8 file of at most `limit` bytes, with LF as line ends, and without
    the byte-order mark that it may begin with.

    Raise OSError when it can't be read, is no regular file, is larger, or is not UTF-8.
    """
    data = read_bytes(path, limit)
    try:
        return data.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise OSError(errno.EILSEQ, f"line {line} is not UTF-8") from None


def _read(descriptor: int, limit: int) -> bytes:
    data = b""
    while piece := os.read(descriptor, READ_BYTES):
        data += piece
        if len(data) > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit >> 10} KiB")
    return data


def write_all(descriptor: int, data: bytes) -> None:
    """Write bytes to a regular file, where one call may take fewer; raise OSError."""
    while data:
        data = data[os.write(descriptor, data) :]


def reason_of(error: OSError) -> str:
    """Return the host's reason of an error, or that of the functions above."""
    return error.strerror or str(error)
