"""cpu, info cpus and info hotpluggable-cpus: the CPUs that the machine would have.

None of them runs; programs read them to learn about threads and NUMA nodes
(docs/qemu-behaviour/qmp.md §C).
"""

from __future__ import annotations

import os

from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.machine.boards import cpus


def cpu(ctx: Context, index: int) -> str:
    """Silent for a CPU that exists; they all see the same memory."""
    if index >= ctx.machine.cpu_count or not ctx.machine.has_cpu:
        raise StateError("invalid CPU index", prefix=False)
    ctx.cpu = index
    return ""


def info_cpus(ctx: Context) -> str:
    """A line for each CPU; the thread is this process, since no CPU has one of its own."""
    machine = ctx.machine
    if not machine.has_cpu:
        return ""
    return "".join(
        f"{'*' if index == ctx.cpu else ' '} CPU #{index}: thread_id={os.getpid()} "
        f"model={machine.cpu_model}\n"
        for index in range(machine.cpu_count)
    )


def info_hotpluggable_cpus(ctx: Context) -> str:
    """The places of CPUs, the last one first."""
    machine = ctx.machine
    text = ""
    for index, place in enumerate(cpus.hotpluggable_cpus(machine)):
        path = f'  qom_path: "{cpus.path(machine, index)}"\n' if index < machine.cpu_count else ""
        shown = "".join(f'    {name}: "{number}"\n' for name, number in place.items())
        text = (
            f'  type: "{cpus.type_name(machine)}"\n  vcpus_count: "1"\n{path}'
            f"  CPUInstance Properties:\n{shown}{text}"
        )
    return f"Hotpluggable CPUs:\n{text}"
