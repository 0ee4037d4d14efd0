"""List the host mapping of every memory backend (`info mappings`).

Resident bytes and page sizes are the kernel's, from /proc/self/smaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.memory.smaps import Vma, read_smaps, residency
from hmp.text import UNBROKEN, fit_table, visible
from hmp.units import format_size, format_size_approx

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

HEADER = ("backend", "host address", "size", "resident", "pages", "sharing", "file")
MEMFD, DELETED = "/memfd:", " (deleted)"


def mapping_lines(machine: Machine, width: int = UNBROKEN) -> list[str]:
    """Return a table of the backends' mappings, for a terminal of `width` columns."""
    vmas = read_smaps(machine.host_process)
    rows = [HEADER, *(_row(backend, vmas, machine.host_process) for backend in machine.backends)]
    return [line for lines in fit_table(rows, width) for line in lines]


def _row(backend: MemoryBackend, vmas: list[Vma], process: str) -> tuple[str, ...]:
    mapping = backend.mapping
    if mapping is None:
        return (backend.name, "not mapped", format_size(backend.size), "", "", "", "")
    memory = residency(mapping.address, mapping.length, vmas, process)
    return (
        backend.name,
        f"0x{mapping.address:x}",
        format_size(mapping.length),
        format_size_approx(memory.resident),
        format_size(memory.page_size),
        "shared" if mapping.shared else "private",
        visible(", ".join(map(_file, memory.names))) or "(anonymous)",
    )


def _file(name: str) -> str:
    """Return what a file is called that the kernel knows by this name: a memfd has no folder, and a
    temporary file has a number in place of a name.
    """
    path = name.removesuffix(DELETED)
    folder, _slash, last = path.rpartition("/")
    if path == name:
        return name
    if path.startswith(MEMFD):
        return "memfd"
    return f"{folder}, no name" if last.startswith("#") else name
