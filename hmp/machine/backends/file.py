"""memory-backend-file: a file, a temporary file in a directory, or huge pages from a hugetlbfs.

Opening and checking the file is in `backing_file.py`; what all backends share is in `backends.py`.
"""

from __future__ import annotations

import os
from typing import ClassVar

from hmp.errors import HostError
from hmp.machine.backends import backing_file
from hmp.machine.backends.base import BASE, MemoryBackend, PageSizeError
from hmp.machine.memory import mapping
from hmp.machine.memory.mapping import Mapping
from hmp.machine.progress import InterruptedByUserError
from hmp.machine.qom.property import Boolean, Enumeration, Property, Size, Text

FIXED_NAMED = "cannot change property '{name}' of {type}"
FIXED_DOTTED = FIXED_NAMED + "."


class FileBackend(MemoryBackend):
    """memory-backend-file: a file, or an unlinked temporary file in a directory, hugetlbfs
    included.
    """

    type_name = "memory-backend-file"
    declared: ClassVar[tuple[Property, ...]] = (
        *BASE,
        Property("align", Size(), "", 0, frozen=FIXED_NAMED, frozen_first=True),
        Property(
            "offset",
            Size(),
            "Where in the file the memory starts, in bytes",
            0,
            frozen=FIXED_NAMED,
            frozen_first=True,
        ),
        Property("discard-data", Boolean(), "", False),
        Property("mem-path", Text(), "", "", required=True, frozen=FIXED_NAMED),
        Property("pmem", Boolean(), "", False, frozen=FIXED_DOTTED),
        Property("readonly", Boolean(), "", False, frozen=FIXED_DOTTED),
        Property(
            "rom",
            Enumeration("OnOffAuto", "auto", "on", "off"),
            "Map the memory read-only (on/off/auto)",
            "auto",
            frozen=FIXED_DOTTED,
            frozen_first=True,
        ),
    )

    _opened: backing_file.BackingFile | None = None

    @property
    def alignment(self) -> int:
        align = self.values["align"]
        assert isinstance(align, int)
        return max(super().alignment, align)

    @property
    def read_only(self) -> bool:
        rom = self.values["rom"]
        return rom == "on" or (rom == "auto" and bool(self.values["readonly"]))

    def complete(self) -> None:
        """Get the memory; a file that was made for it goes again when somebody stops the
        preallocation.
        """
        try:
            super().complete()
        except InterruptedByUserError:
            if self._opened:
                self._opened.undo()
            raise
        finally:
            self._opened = None
        self.values["rom"] = "on" if self.read_only else "off"

    def _map(self) -> Mapping:
        values = self.values
        if values["rom"] == "on" and not values["readonly"]:
            raise HostError("property 'rom' = 'on' is not supported with 'readonly' = 'off'")
        if values["rom"] == "off" and values["readonly"] and values["share"]:
            raise HostError(
                "property 'rom' = 'off' is incompatible with 'readonly' = 'on' and 'share' = 'on'"
            )
        path, offset, align = str(values["mem-path"]), values["offset"], values["align"]
        assert isinstance(offset, int) and isinstance(align, int)
        request = backing_file.Request(self.block_name, path, self.rounded_size(), offset, align)
        opened = backing_file.open_backing_file(
            request, bool(values["readonly"]), bool(values["share"])
        )
        self._opened = opened
        try:
            backing_file.check_store(request, opened.descriptor)
            backing_file.extend_store(request, opened.descriptor, self.note)
            memory = self.map_descriptor(
                opened.descriptor,
                length=self.rounded_size(),
                offset=offset,
                writable=not self.read_only,
            )
        except HostError:
            opened.undo()
            raise
        finally:
            os.close(opened.descriptor)
        if values["pmem"] and values["share"]:
            self.warn("Using non DAX backing file with 'pmem=on' option is deprecated")
        return memory

    def _check_page_multiple(self, memory: Mapping) -> None:
        super()._check_page_multiple(memory)
        if self.size % mapping.PAGE:
            raise PageSizeError(mapping.PAGE, self.type_name)

    def release(self) -> None:
        if (
            self.mapping
            and self.values["discard-data"]
            and self.values["share"]
            and not self.values["readonly"]
        ):
            self.mapping.discard_file_data()
        super().release()
