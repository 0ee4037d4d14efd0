"""cpu, info cpus and info hotpluggable-cpus: the CPUs that the machine would have.

None of them runs; programs read them to learn about threads and NUMA nodes (spec/qmp.md part C).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine import cpus

if TYPE_CHECKING:
    from hmp.monitor import Monitor


def choose(monitor: Monitor, arguments: list[object]) -> str:
    """Silent for a CPU that exists; they all see the same memory."""
    index = arguments[0]
    if not (isinstance(index, int) and index < monitor.machine.cpu_count and monitor.machine.has_cpu):
        raise StateError("invalid CPU index", prefix=False)
    monitor.cpu = index
    return ""


def show(monitor: Monitor, arguments: list[object]) -> str:
    """A line for each CPU; the thread is this process, since no CPU has one of its own."""
    machine = monitor.machine
    if not machine.has_cpu:
        return ""
    return "".join(f"{'*' if index == monitor.cpu else ' '} CPU #{index}: thread_id={os.getpid()} "
                   f"model={machine.cpu_model}\n" for index in range(machine.cpu_count))


def hotpluggable(monitor: Monitor, arguments: list[object]) -> str:
    """The places of CPUs, the last one first."""
    machine = monitor.machine
    text = ""
    for index, place in enumerate(cpus.hotpluggable_places(machine)):
        path = f'  qom_path: "{cpus.path(machine, index)}"\n' if index < machine.cpu_count else ""
        shown = "".join(f'    {name}: "{number}"\n' for name, number in place.items())
        text = (f'  type: "{cpus.type_name(machine)}"\n  vcpus_count: "1"\n{path}'
                f"  CPUInstance Properties:\n{shown}{text}")
    return f"Hotpluggable CPUs:\n{text}"
