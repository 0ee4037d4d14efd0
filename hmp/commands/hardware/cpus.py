"""cpu, info cpus, info hotpluggable-cpus and info registers.

No CPU runs; programs read the lists to learn about threads and NUMA nodes
(docs/qemu-behaviour/qmp.md §C).
"""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.machine.cpus.devices import CpuDevice
from hmp.machine.cpus.registers import describe_registers
from hmp.machine.queries import query_cpus, query_hotpluggable_cpus


def cpu(ctx: Context, index: int) -> str:
    """Choose the CPU that other commands look through; all see the same memory."""
    if index not in ctx.machine.cpus:
        raise StateError("invalid CPU index", prefix=False)
    ctx.cpu = index
    return ""


def info_cpus(ctx: Context) -> str:
    """List the CPUs, with a star at the one that was chosen with `cpu`."""
    # A CPU that was chosen and is gone gives way to the first.
    chosen = ctx.cpu if ctx.cpu in ctx.machine.cpus else 0
    return "".join(
        f"{'*' if cpu.cpu_index == chosen else ' '} CPU #{cpu.cpu_index}: "
        f"thread_id={cpu.thread_id} model={ctx.machine.cpu.model}\n"
        for cpu in query_cpus(ctx.machine)
    )


def info_registers(ctx: Context, all: bool, vcpu: int | None) -> str:
    """Show the registers of a CPU, or of all."""
    cpus = ctx.machine.cpus
    if all:
        return "".join(map(_registers, cpus.values()))
    if vcpu is None and not cpus:
        raise StateError("No CPU available", prefix=False)
    index = vcpu if vcpu is not None else ctx.cpu if ctx.cpu in cpus else 0
    if index not in cpus:
        raise StateError(f"CPU#{index} not available", prefix=False)
    return _registers(cpus[index])


def _registers(cpu: CpuDevice) -> str:
    text = describe_registers(cpu.signature, is_halted=cpu.index > 0)
    return f"\nCPU#{cpu.index}\n{text}"


def info_hotpluggable_cpus(ctx: Context) -> str:
    """List the places for CPUs, the last one first."""
    text = "Hotpluggable CPUs:\n"
    for cpu in query_hotpluggable_cpus(ctx.machine):
        path = "" if cpu.qom_path is None else f'  qom_path: "{cpu.qom_path}"\n'
        place = "".join(f'    {name}: "{number}"\n' for name, number in cpu.place.items())
        text += (
            f'  type: "{cpu.qom_type}"\n  vcpus_count: "{cpu.vcpus_count}"\n{path}'
            f"  CPUInstance Properties:\n{place}"
        )
    return text
