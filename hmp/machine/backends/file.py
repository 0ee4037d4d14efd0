"""memory-backend-file: a file, a temporary file in a directory, or huge pages of a hugetlbfs
(docs/qemu-behaviour/backends.md §8).
"""

from __future__ import annotations

import os
import stat

from hmp.errors import HostCallError, HostError
from hmp.machine import system_calls
from hmp.machine.backends import backing_file
from hmp.machine.backends.backing_file import FileRequest
from hmp.machine.backends.base import MemoryBackend, PageSizeError
from hmp.machine.memory.mapping import MapError, Mapping
from hmp.machine.progress import InterruptedByUserError
from hmp.machine.qom.property import Boolean, Enumeration, HostPath, Property, Size
from hmp.units import PAGE_SIZE

# Only some of QEMU's messages end in a point (docs/qemu-behaviour/monitor.md §9).
IMMUTABLE = "cannot change property '{name}' of {type}"
IMMUTABLE_DOTTED = IMMUTABLE + "."


class FileBackend(MemoryBackend):
    """memory-backend-file: a file, or an unlinked temporary file in a directory."""

    type_name = "memory-backend-file"
    align = Property(Size(), "", 0, immutable_message=IMMUTABLE, checked_before_read=True)
    offset = Property(
        Size(),
        "Where in the file the memory starts, in bytes",
        0,
        immutable_message=IMMUTABLE,
        checked_before_read=True,
    )
    discard_data = Property(Boolean(), "", False)
    mem_path = Property(HostPath(), "", "", required=True, immutable_message=IMMUTABLE)
    pmem = Property(Boolean(), "", False, immutable_message=IMMUTABLE_DOTTED)
    readonly = Property(Boolean(), "", False, immutable_message=IMMUTABLE_DOTTED)
    rom = Property(
        Enumeration("OnOffAuto", "auto", "on", "off"),
        "Map the memory read-only (on/off/auto)",
        "auto",
        immutable_message=IMMUTABLE_DOTTED,
        checked_before_read=True,
    )

    _opened: backing_file.BackingFile | None = None

    @property
    def alignment(self) -> int:
        return max(super().alignment, self.align)

    @property
    def read_only(self) -> bool:
        return self.rom == "on" or (self.rom == "auto" and self.readonly)

    def complete(self) -> None:
        """Map the memory; a file that was created for it is removed when the user interrupts."""
        try:
            super().complete()
        except InterruptedByUserError:
            # QEMU can't be interrupted so; a failure at this stage leaves the file.
            if self._opened:
                self._opened.undo()
            raise
        finally:
            self._opened = None
        # qom-get shows what auto has become (docs/qemu-behaviour/backends.md §9).
        self.rom = "on" if self.read_only else "off"

    def _map(self) -> Mapping:
        # The order of the checks is that of docs/qemu-behaviour/backends.md §8, steps 1-7.
        if self.rom == "on" and not self.readonly:
            raise HostError("property 'rom' = 'on' is not supported with 'readonly' = 'off'")
        if self.rom == "off" and self.readonly and self.share:
            raise HostError(
                "property 'rom' = 'off' is incompatible with 'readonly' = 'on' and 'share' = 'on'"
            )
        request = FileRequest(
            self.block_name, self.mem_path, self.rounded_size(), self.offset, self.align
        )
        opened = backing_file.open_backing_file(request, self.readonly, self.share)
        self._opened = opened
        try:
            backing_file.check_backing_file(request, opened.descriptor)
            backing_file.extend_empty_file(request, opened.descriptor, self.emit_stderr)
            self._check_aligned_address()
            memory = self.map_descriptor(
                opened.descriptor,
                length=self.rounded_size(),
                offset=self.offset,
                writable=not self.read_only,
            )
        except BaseException:
            opened.undo()
            raise
        finally:
            # The mapping has a descriptor of its own.
            system_calls.close(opened.descriptor)
        if self.pmem and self.share:
            self.warn("Using non DAX backing file with 'pmem=on' option is deprecated")
        return memory

    def try_mapping(self) -> None:
        """Map the file; for one that would be created or extended, a temporary one beside it."""
        path = self.mem_path.encode("latin-1")
        try:
            status = system_calls.file_status(path)
            is_made = stat.S_ISREG(status.st_mode) and not status.st_size
        except HostCallError:
            is_made = True
        if is_made and not self.readonly:
            # The slash has it fail where that is no directory.
            self.mem_path = os.path.join(os.path.dirname(path) or b".", b"").decode("latin-1")
        self.discard_data = False
        super().try_mapping()

    def _check_aligned_address(self) -> None:
        """Raise MapError where the host has no addresses for the memory at a multiple of `align`.

        QEMU maps it there; here the guest alone sees the alignment.
        """
        if self.align > PAGE_SIZE:
            with MapError.wrapping_calls("unable to map backing store for guest RAM"):
                system_calls.check_addresses(self.rounded_size() + self.align)

    def _check_page_multiple(self, memory: Mapping) -> None:
        super()._check_page_multiple(memory)
        # The file has the size rounded up, and the size as given is an error only now
        # (docs/qemu-behaviour/backends.md §8, file, step 8).
        if self.size % PAGE_SIZE:
            raise PageSizeError(PAGE_SIZE, self.type_name)

    def release(self) -> None:
        # Elsewhere discard-data silently does nothing (docs/qemu-behaviour/backends.md §8).
        if self.mapping and self.discard_data and self.share and not self.readonly:
            self.mapping.discard_file_data()
        super().release()
