"""The real host mapping of every backend, as rows: where, how large, what is behind it, how much is
resident.

The kernel's count is read in `hmp.machine.memory.smaps`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.assist.queries import backends
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.memory.smaps import Area, areas, residency
from hmp.text import format_table
from hmp.units import format_size, format_size_approx

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

HEAD = ("backend", "host address", "size", "resident", "pages", "sharing", "file")


def mapping_lines(machine: Machine) -> list[str]:
    """A table of the backends' mappings, the machine's own memory first."""
    known = areas()
    return format_table([HEAD, *(_row(backend, known) for backend in backends(machine))])


def _row(backend: MemoryBackend, known: list[Area]) -> tuple[str, ...]:
    memory = backend.mapping
    if memory is None:
        return (backend.name, "not mapped", format_size(backend.size), "", "", "", "")
    behind = residency(memory.address, memory.length, known)
    share = "shared" if memory.shared else "private"
    return (
        backend.name,
        f"0x{memory.address:x}",
        format_size(memory.length),
        format_size_approx(behind.resident),
        format_size(behind.page_size),
        share,
        ", ".join(behind.names) or "(anonymous)",
    )
