"""memsave and pmemsave.

How memory gets into a file is in `hmp.machine.saving`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine import saving

if TYPE_CHECKING:
    from hmp.monitor import Monitor


def save_virtual(monitor: Monitor, arguments: list[object]) -> str:
    """Save memory at a virtual address to a file."""
    saving.save_virtual(monitor.machine, *_arguments(arguments))
    return ""


def save_physical(monitor: Monitor, arguments: list[object]) -> str:
    """Save guest-physical memory to a file."""
    saving.save_physical(monitor.machine, *_arguments(arguments))
    return ""


def _arguments(arguments: list[object]) -> tuple[int, int, str]:
    addr, size, name = arguments
    assert isinstance(addr, int) and isinstance(size, int)
    return addr, size, str(name)
