"""Guest memory into files, without copying it through the interpreter where it is mapped
(docs/qemu-behaviour/monitor.md §7).

Which memory is where is decided in `address_space.py`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hmp.errors import FileOpenError, HostError, StateError
from hmp.machine.memory.address_space import VIRTUAL_MASK

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.memory.address_space import AddressSpace, Piece

ADDRESS_MASK = (1 << 64) - 1
LARGE_PIECE, VIRTUAL_PIECE = 1 << 20, 1024
ZEROS = 1 << 20


class UnreadableMemoryError(HostError):
    """Memory of the host that can't be read, at a guest-physical address."""

    def __init__(self, addr: int) -> None:
        super().__init__(f"memory at 0x{addr:x} can't be read: {os.strerror(errno.EFAULT)}")
        self.addr, self.errno = addr, errno.EFAULT


class AddressRangeError(StateError):
    """There is no memory at the virtual address that was to be saved; the size in bytes."""

    def __init__(self, addr: int, size: int) -> None:
        super().__init__(f"Invalid addr 0x{addr & ADDRESS_MASK:016x}/size {size} specified")
        self.addr, self.size = addr, size


class SavedFile:
    """An open file that takes memory; HostError with the host's reason when it can't."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Write bytes."""
        with _writing():
            while data:
                data = data[os.write(self._descriptor, data) :]

    def write_zeros(self, size: int) -> None:
        """Write zeros: a hole, where the file can have one."""
        try:
            end = os.lseek(self._descriptor, size, os.SEEK_CUR)
        except OSError as error:
            if error.errno != errno.ESPIPE:
                raise _write_error(error) from None
            for done in range(0, size, ZEROS):
                self.write(bytes(min(ZEROS, size - done)))
            return
        with _writing():
            os.ftruncate(self._descriptor, end)

    def write_piece(self, piece: Piece) -> None:
        """Write what an address range holds; holes and I/O are zeros."""
        found = piece.range
        if found is None or found.mapping is None:
            self.write_zeros(piece.size)
            return
        with _writing():
            done = found.mapping.write_to(
                self._descriptor, piece.addr - found.start + found.offset, piece.size
            )
        if done < piece.size:
            raise UnreadableMemoryError(piece.addr + done)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _write_error(error) from None


def _write_error(error: OSError) -> HostError:
    return HostError.from_os("writing to the file failed", error)


@contextmanager
def _open(name: str) -> Iterator[SavedFile]:
    try:
        descriptor = os.open(
            name.encode("latin-1"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666
        )
    except (OSError, ValueError) as error:
        raise FileOpenError(name, getattr(error, "errno", 0) or errno.ENOENT) from None
    try:
        yield SavedFile(descriptor)
    finally:
        os.close(descriptor)


def save_virtual(machine: Machine, addr: int, size: int, name: str) -> None:
    """Save memory at a virtual address to a file, in pieces; StateError for what can't be read ends
    it.
    """
    if not machine.has_cpu:
        raise StateError("No CPU available", prefix=False)
    with _open(name) as file:
        for data in _virtual_pieces(machine.address_space, addr, size):
            if data is None:
                raise AddressRangeError(addr, size)
            file.write(data)


def _virtual_pieces(space: AddressSpace, addr: int, size: int) -> Iterator[bytes | None]:
    """The memory in large pieces; one that can't be read whole in small ones, as the reference
    keeps them.
    """
    end = addr + size
    for start in range(addr, end, LARGE_PIECE):
        length = min(LARGE_PIECE, end - start)
        whole = space.read(start & VIRTUAL_MASK, length)
        if whole is not None:
            yield whole
            continue
        for at in range(start, start + length, VIRTUAL_PIECE):
            yield space.read(at & VIRTUAL_MASK, min(VIRTUAL_PIECE, start + length - at))


def save_physical(machine: Machine, addr: int, size: int, name: str) -> None:
    """Save guest-physical memory to a file; holes are zeros."""
    with _open(name) as file:
        for piece in machine.address_space.pieces(addr & ADDRESS_MASK, size):
            file.write_piece(piece)
