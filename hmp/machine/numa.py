"""NUMA nodes of the guest: which CPUs and how many bytes each has (spec/startup.md section 10).

Host NUMA policy is not here: it belongs to backends and `mapping.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def plugged_size(machine: Machine, node: int | None = None) -> int:
    """Bytes of plugged memory devices, in all or on one node."""
    return sum(device.plugged_size for device in machine.memory_devices if node in (None, device.guest_node))
