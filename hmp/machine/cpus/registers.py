"""The registers of CPUs. No CPU runs, so that they are always those after a reset
(docs/qemu-behaviour/monitor.md §4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

RESET_RIP, RESET_RFLAGS, RESET_CR0 = 0xFFF0, 2, 0x60000010
RESET_CS, RESET_CS_BASE = 0xF000, 0xFFFF0000
SEGMENT_LIMIT = 0xFFFF
# The attributes of segments.
CODE, DATA, LDT, TSS = 0x9B00, 0x9300, 0x8200, 0x8B00
# By the names that expressions know (hmp.grammar.expressions); the others are 0. EDX differs by
# model.
_RESET = {
    **{f"{name}.limit": SEGMENT_LIMIT for name in ("cs", "ds", "es", "fs", "gs", "ss")},
    "rip": RESET_RIP,
    # A number of 32 bits with a sign.
    "pc": RESET_CS_BASE + RESET_RIP - (1 << 32),
    "eflags": RESET_RFLAGS,
    "cs": RESET_CS,
    "cr0": RESET_CR0,
    "fctrl": 0x37F,
    "mxcsr": 0x1F80,
}


def _segment(name: str, attributes: int, selector: int = 0, base: int = 0) -> str:
    return f"{name:<3}={selector:04x} {base:08x} {SEGMENT_LIMIT:08x} {attributes:08x}\n"


_SEGMENTS = "".join(
    (
        _segment("ES", DATA),
        _segment("CS", CODE, RESET_CS, RESET_CS_BASE),
        *(_segment(name, DATA) for name in ("SS", "DS", "FS", "GS")),
        _segment("LDT", LDT),
        _segment("TR", TSS),
    )
)
_FLOATS = "".join(
    f"FPR{first}=0000000000000000 0000 FPR{first + 1}=0000000000000000 0000\n"
    for first in range(0, 8, 2)
)
_VECTORS = "".join(
    f"XMM{first:02}=0000000000000000 0000000000000000 "
    f"XMM{first + 1:02}=0000000000000000 0000000000000000\n"
    for first in range(0, 8, 2)
)


def register_values(machine: Machine, index: int) -> dict[str, int] | None:
    """Return the registers of a CPU by name, those that are 0 left out; without one of that index
    those of the first, and None where there is no CPU.
    """
    cpu = machine.cpus.get(index) or machine.cpus.get(0)
    return {**_RESET, "rdx": cpu.signature} if cpu else None


def describe_registers(signature: int, is_halted: bool) -> str:
    """Return the registers as `info registers` shows them; all CPUs but the first are halted until
    an operating system starts them.
    """
    return (
        f"EAX=00000000 EBX=00000000 ECX=00000000 EDX={signature:08x}\n"
        "ESI=00000000 EDI=00000000 EBP=00000000 ESP=00000000\n"
        f"EIP={RESET_RIP:08x} EFL={RESET_RFLAGS:08x} [-------] CPL=0 II=0 A20=1 SMM=0 "
        f"HLT={is_halted:d}\n"
        f"{_SEGMENTS}"
        "GDT=     00000000 0000ffff\n"
        "IDT=     00000000 0000ffff\n"
        f"CR0={RESET_CR0:08x} CR2=00000000 CR3=00000000 CR4=00000000\n"
        "DR0=0000000000000000 DR1=0000000000000000 DR2=0000000000000000 DR3=0000000000000000 \n"
        "DR6=00000000ffff0ff0 DR7=0000000000000400\n"
        "EFER=0000000000000000\n"
        "FCW=037f FSW=0000 [ST=0] FTW=00 MXCSR=00001f80\n"
        f"{_FLOATS}{_VECTORS}"
    )
