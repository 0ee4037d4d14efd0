"""memory-backend-memfd and -shm: files without a name (docs/qemu-behaviour/backends.md §8)."""

from __future__ import annotations

from typing import ClassVar

from hmp.errors import HostError
from hmp.machine import system_calls
from hmp.machine.backends import backing_file
from hmp.machine.backends.backing_file import FileRequest
from hmp.machine.backends.base import SET_ONCE, MemoryBackend
from hmp.machine.memory import mapping
from hmp.machine.memory.mapping import Mapping
from hmp.machine.qom.property import Boolean, Property, PropertyValueError, Size


class HugePageSizeError(HostError):
    """The size of huge pages is no power of two, in bytes."""

    parameter = "hugetlbsize"

    def __init__(self, size: int) -> None:
        super().__init__("Hugepage size must be a power of 2")
        self.size = size


class _AnonymousFileBackend(MemoryBackend):
    """A backend over a memory file, `file_kind` in messages, of exactly the given size."""

    shared_by_default = True
    file_kind: ClassVar[str]

    def _open(self) -> int:
        raise NotImplementedError

    def _map(self) -> Mapping:
        # The file gets the exact size, and is then too small for one that ends within a page
        # (docs/qemu-behaviour/backends.md §8, shm).
        descriptor = self._open()
        try:
            with HostError.wrapping_calls(f"failed to resize {self.file_kind} to {self.size}"):
                system_calls.truncate(descriptor, self.size)
            self._seal(descriptor)
            backing_file.check_backing_file(
                FileRequest(self.block_name, "", self.rounded_size(), 0, 0), descriptor
            )
            return self.map_descriptor(descriptor, length=self.rounded_size())
        finally:
            system_calls.close(descriptor)

    def _seal(self, descriptor: int) -> None:
        """Seal the size; shared memory objects have no seals."""


class MemfdBackend(_AnonymousFileBackend):
    """memory-backend-memfd: an anonymous memory file, with huge pages when asked."""

    type_name = "memory-backend-memfd"
    file_kind = "memfd"
    hugetlb = Property(Boolean(), "Use huge pages (on/off)", False)
    hugetlbsize = Property(
        Size(),
        "Size of a huge page, such as 2M",
        0,
        immutable_message=SET_ONCE,
        checked_before_read=True,
    )
    seal = Property(Boolean(), "Forbid resizing the memory file (on/off)", True)

    @hugetlbsize.setter
    def _set_hugetlbsize(self, value: int) -> None:
        if value == 0:
            raise PropertyValueError(
                "hugetlbsize",
                value,
                f"Property '{self.type_name}.hugetlbsize' doesn't take value '0'",
            )
        self.hugetlbsize = value

    def _open(self) -> int:
        # Checked even with hugetlb=off (docs/qemu-behaviour/backends.md §8).
        size = self.hugetlbsize
        # QEMU takes any odd number as "the default size"
        # (tests/recordings/hmp/backends/memfd-shm.hmp).
        shift = (size & -size).bit_length() - 1 if size else 0
        if shift and 1 << shift != size:
            raise HugePageSizeError(size)
        huge = shift if self.hugetlb else None
        return mapping.create_memfd(self.type_name, self.seal, huge)

    def _seal(self, descriptor: int) -> None:
        if self.seal:
            system_calls.seal_size(descriptor)


class ShmBackend(_AnonymousFileBackend):
    """memory-backend-shm: a POSIX shared memory object, unlinked at once."""

    type_name = "memory-backend-shm"
    file_kind = "POSIX shared memory"

    def _map(self) -> Mapping:
        if not self.share:
            raise HostError("can't create shm backend with `share=off`")
        return super()._map()

    def _open(self) -> int:
        # The objects of shm_open are the files of /dev/shm.
        with HostError.wrapping_calls(f"failed to create {self.file_kind}"):
            return system_calls.open_temporary(b"/dev/shm", b"hmp-")
