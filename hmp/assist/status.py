"""Summarize the state of a machine in one line for the toolbar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.assist.queries import is_unplug_pending
from hmp.machine.balloon import actual_size, full_size
from hmp.machine.memory.capacity import used_bytes
from hmp.machine.memory.smaps import process_memory
from hmp.units import format_size_approx, format_sizes_approx

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def status_line(machine: Machine) -> str:
    """Return such as `slots 2/4 · 3G/7G plugged · 1 unplug pending · host RSS 31M`."""
    parts = []
    if machine.slot_count:
        parts.append(f"slots {len(machine.busy_slots)}/{machine.slot_count}")
    if machine.device_region.usable:
        used, usable = format_sizes_approx(used_bytes(machine), machine.device_region.usable)
        parts.append(f"{used}/{usable} plugged")
    else:
        parts.append("nothing can be plugged")
    if machine.balloon:
        left, full = format_sizes_approx(
            max(actual_size(machine, machine.balloon), 0), full_size(machine)
        )
        parts.append(f"balloon {left}/{full}")
    plugged = (*machine.peripheral.children.values(), *machine.peripheral_anon.children.values())
    pending = sum(is_unplug_pending(machine, device) for device in plugged)
    if pending:
        parts.append(f"{pending} unplug{'s' * (pending > 1)} pending")
    if not machine.run_state.is_running:
        parts.append(machine.run_state.name)
    return " · ".join(filter(None, (*parts, _host_rss(machine.host_process))))


def _host_rss(process: str) -> str:
    if not process:
        return ""
    memory = process_memory(process)
    # The kernel does not count huge pages in a process's RSS.
    huge = f" + {format_size_approx(memory.huge)} huge" if memory.huge else ""
    return f"host RSS {format_size_approx(memory.resident)}{huge}"
