"""What can be asked for in a dump of guest memory, and how far one can be."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

ELF, ZLIB, RAW_ZLIB, WIN_DMP = "elf", "kdump-zlib", "kdump-raw-zlib", "win-dmp"
FORMATS = (
    *(ELF, ZLIB, "kdump-lzo", "kdump-snappy"),
    *(RAW_ZLIB, "kdump-raw-lzo", "kdump-raw-snappy", WIN_DMP),
)
AVAILABLE = (ELF,)
# QEMU has these only if it was built with the libraries.
MISSING_COMPRESSION = {
    **dict.fromkeys(("kdump-lzo", "kdump-raw-lzo"), "kdump-lzo is not available now"),
    **dict.fromkeys(("kdump-snappy", "kdump-raw-snappy"), "kdump-snappy is not available now"),
}


class DumpStatus(Enum):
    """How far the last dump got; the values are QMP's."""

    NONE = "none"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"


class DumpRequest(NamedTuple):
    """What to dump: into one of FORMATS, all memory or `length` bytes from `begin` on.

    `paging` asks for the mappings of the guest; its paging is off, so that they are the same.
    `detach`: the dump goes on while the machine answers.
    """

    format: str = ELF
    paging: bool = False
    begin: int | None = None
    length: int | None = None
    detach: bool = False
