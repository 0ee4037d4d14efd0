"""Commands about parts that the machine does not have; QEMU answers so without the part."""

from __future__ import annotations

from hmp.commands.command import CommandGroup
from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.grammar.parameters import Expression
from hmp.machine.memory.address_space import VIRTUAL_MASK

GROUP = CommandGroup()


@GROUP.add_info("vm-generation-id", help="show the generation ID")
def info_vm_generation_id(ctx: Context) -> str:
    """Fail: there is no VM generation ID device."""
    raise StateError("VM Generation ID device not found")


@GROUP.add("system_wakeup", help="wake a suspended guest")
def system_wakeup(ctx: Context) -> str:
    """Fail: the guest never suspends; without power management it could not."""
    if not ctx.machine.has_power_management:
        raise StateError("wake-up from suspend is not supported by this guest")
    raise StateError("Unable to wake up: guest is not in suspended state")


@GROUP.add_info("mem", help="show the virtual memory mappings")
@GROUP.add_info("tlb", help="show the virtual to physical mappings")
def info_paging(ctx: Context) -> str:
    """Show that paging is off: no CPU runs code that could switch it on."""
    if not ctx.machine.has_cpu:
        raise StateError("No CPU available", prefix=False)
    return "PG disabled\n"


@GROUP.add(
    "gva2gpa",
    syntax=(Expression("addr"),),
    parameters="addr",
    help="show the physical address of a virtual one",
)
def gva2gpa(ctx: Context, addr: int) -> str:
    """Show the guest-physical address of a virtual one: without paging the same, modulo 2^52."""
    if not ctx.machine.has_cpu:
        raise StateError("No cpu", prefix=False)
    return f"gpa: 0x{addr & VIRTUAL_MASK:x}\n"
