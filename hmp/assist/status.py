"""The state of a machine in a line: slots, bytes plugged, unplugs that wait, what the process holds
of the host.

Where the line is shown is the console's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.assist.queries import is_unplug_pending
from hmp.machine.memory.capacity import room_used
from hmp.machine.memory.smaps import process_resident
from hmp.units import format_size_approx

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def status_line(machine: Machine) -> str:
    """Such as `slots 2/4 · 3G/7G plugged · 1 unplug pending · host RSS 31M`."""
    parts = []
    if machine.slot_count:
        parts.append(f"slots {len(machine.busy_slots)}/{machine.slot_count}")
    if machine.device_region.usable:
        used = format_size_approx(room_used(machine))
        parts.append(f"{used}/{format_size_approx(machine.device_region.usable)} plugged")
    else:
        parts.append("nothing can be plugged")
    leaving = sum(
        is_unplug_pending(machine, device) for device in machine.peripheral.children.values()
    )
    if leaving:
        parts.append(f"{leaving} unplug{'s' * (leaving > 1)} pending")
    if not machine.run_state.is_running:
        parts.append(machine.run_state.name)
    return " · ".join((*parts, _on_the_host()))


def _on_the_host() -> str:
    """What the process holds; the kernel counts huge pages apart."""
    process = process_resident()
    huge = f" + {format_size_approx(process.huge)} huge" if process.huge else ""
    return f"host RSS {format_size_approx(process.resident)}{huge}"
