"""memory-backend-memfd and -shm: files without a name that are exactly as large as was asked.

What all backends share is in `backends.py`, the system calls in `mapping.py`
(docs/qemu-behaviour/backends.md §8).
"""

from __future__ import annotations

import os
from typing import ClassVar

from hmp.errors import HostError
from hmp.machine.backends import backing_file
from hmp.machine.backends.base import BASE, FIXED, MemoryBackend
from hmp.machine.memory import mapping
from hmp.machine.memory.mapping import Mapping
from hmp.machine.qom.property import Boolean, Property, PropertyValueError, Size


class HugePageSizeError(HostError):
    """A size of huge pages that is no power of two; bytes."""

    parameter = "hugetlbsize"

    def __init__(self, size: int) -> None:
        super().__init__("Hugepage size must be a power of 2")
        self.size = size


class _AnonymousFileBackend(MemoryBackend):
    """A backend over a memory file, `file_kind` in messages, that is exactly as large as was
    asked.
    """

    shared_by_default = True
    file_kind: ClassVar[str]

    def _open(self) -> int:
        raise NotImplementedError

    def _map(self) -> Mapping:
        descriptor = self._open()
        try:
            try:
                backing_file.resize(descriptor, self.size)
            except OSError as error:
                raise HostError.from_os(
                    f"failed to resize {self.file_kind} to {self.size}", error
                ) from None
            self._seal(descriptor)
            backing_file.check_store(
                backing_file.Request(self.block_name, "", self.rounded_size(), 0, 0), descriptor
            )
            return self.map_descriptor(descriptor, length=self.rounded_size())
        finally:
            os.close(descriptor)

    def _seal(self, descriptor: int) -> None:
        """Shared memory objects have no seals."""


class MemfdBackend(_AnonymousFileBackend):
    """memory-backend-memfd: an anonymous memory file, with huge pages when asked."""

    type_name = "memory-backend-memfd"
    file_kind = "memfd"
    declared: ClassVar[tuple[Property, ...]] = (
        *BASE,
        Property("hugetlb", Boolean(), "Use huge pages (on/off)", False),
        Property(
            "hugetlbsize",
            Size(),
            "Size of a huge page, such as 2M",
            0,
            frozen=FIXED,
            frozen_first=True,
        ),
        Property("seal", Boolean(), "Forbid resizing the memory file (on/off)", True),
    )

    def set(self, item: Property, value: object) -> None:
        if item.name == "hugetlbsize" and value == 0:
            raise PropertyValueError(
                "hugetlbsize",
                value,
                f"Property '{self.type_name}.hugetlbsize' doesn't take value '0'",
            )
        super().set(item, value)

    def _open(self) -> int:
        size = self.values["hugetlbsize"]
        assert isinstance(size, int)
        # QEMU takes any odd number as "the default size".
        shift = (size & -size).bit_length() - 1 if size else 0
        if shift and 1 << shift != size:
            raise HugePageSizeError(size)
        huge = shift if self.values["hugetlb"] else None
        return mapping.memory_file(self.type_name, bool(self.values["seal"]), huge)

    def _seal(self, descriptor: int) -> None:
        if self.values["seal"]:
            mapping.seal_size(descriptor)


class ShmBackend(_AnonymousFileBackend):
    """memory-backend-shm: a POSIX shared memory object, unlinked at once."""

    type_name = "memory-backend-shm"
    file_kind = "POSIX shared memory"

    def _map(self) -> Mapping:
        if not self.values["share"]:
            raise HostError("can't create shm backend with `share=off`")
        return super()._map()

    def _open(self) -> int:
        return backing_file.open_shared_memory()
