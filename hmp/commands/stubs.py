"""Commands about parts that the machine does not have; QEMU answers so without the part."""

from __future__ import annotations

from hmp.commands.command import CommandGroup, Handler
from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.grammar.parameters import Expression
from hmp.machine.boards.properties import PcMachineObject
from hmp.machine.memory.address_space import VIRTUAL_MASK

GROUP = CommandGroup()
# The text of QEMU's `info` command, and our help.
_PARTS = {
    "dirty_rate": (
        "Status: unstarted\nStart Time: 0 (ms)\nSample Pages: 0 (per GB)\nPeriod: 0 (sec)\n"
        "Mode: page-sampling\nDirty rate: (not ready)\n",
        "show how fast the guest writes to memory, which nobody measures",
    ),
    "replay": ("Record/replay is not active\n", "show what is recorded or replayed"),
    "sev": ("SEV is not enabled\n", "show whether AMD's SEV encrypts memory"),
    "spice": ("Server: disabled\n", "show the SPICE server"),
    "tpm": ("", "show the TPM"),
    "vcpu_dirty_limit": (
        "Dirty page limit not enabled!\n",
        "show how fast the CPUs may write to memory",
    ),
}


def _constant(text: str) -> Handler:
    def answer(ctx: Context) -> str:
        return text

    return answer


for _name, (_text, _help) in _PARTS.items():
    GROUP.add_info(_name, help=_help)(_constant(_text))


@GROUP.add_info("sgx", help="show the memory that Intel's SGX encrypts")
def info_sgx(ctx: Context) -> str:
    """Say that there is none."""
    if not isinstance(ctx.machine.machine_object, PcMachineObject):
        return "SGX is only supported on PC machines\n"
    return "No EPC regions defined, SGX not available\n"


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
