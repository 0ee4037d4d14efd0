"""print, x, xp, sum, gpa2hva, gpa2hpa, i and o (docs/qemu-behaviour/monitor.md §5-7)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from hmp.commands.command import CommandGroup
from hmp.commands.context import Context
from hmp.commands.guest_memory import dump
from hmp.errors import HostError, StateError
from hmp.grammar.nodes import Format
from hmp.grammar.parameters import Expression, FormatParameter
from hmp.machine.machine import Machine
from hmp.machine.memory.address_space import VIRTUAL_MASK, AddressRange
from hmp.machine.progress import report_progress
from hmp.units import ALL_ONES_64, KIB, U32

GROUP = CommandGroup()
CHUNK_BYTES = 64 * KIB
# Bytes read or written for each size of a format, and the letter that is shown; there are no ports
# 8 bytes wide.
PORT_WIDTHS = {1: (1, "b"), 2: (2, "w"), 4: (4, "l"), 8: (1, "b")}


class UnmappedError(StateError):
    """There is nothing at a guest-physical address."""

    parameter = "addr"

    def __init__(self, addr: int) -> None:
        super().__init__(f"No memory is mapped at address 0x{addr:x}", prefix=False)
        self.addr = addr


class NotRamError(StateError):
    """What is at a guest-physical address is not RAM."""

    parameter = "addr"

    def __init__(self, addr: int) -> None:
        super().__init__(f"Memory at address 0x{addr:x} is not RAM", prefix=False)
        self.addr = addr


@GROUP.add(
    "print",
    "p",
    syntax=(FormatParameter(), Expression("value")),
    parameters="/fmt expr",
    help="show the value of an expression",
)
def print_value(ctx: Context, fmt: Format, value: int) -> str:
    """Show one value in a format."""
    return dump.print_value(fmt.letter, value) + "\n"


@GROUP.add(
    "x",
    syntax=(FormatParameter(), Expression("addr")),
    parameters="/fmt addr",
    help="show memory at a virtual address",
)
def examine_virtual(ctx: Context, fmt: Format, addr: int) -> Iterator[str]:
    """Show memory at a virtual address: without paging the physical one, modulo 2^52."""
    if not ctx.machine.has_cpu:
        raise StateError("Can not dump without CPU", prefix=False)
    return _examine(ctx, fmt, addr, 16, VIRTUAL_MASK)


@GROUP.add(
    "xp",
    syntax=(FormatParameter(), Expression("addr")),
    parameters="/fmt addr",
    help="show memory at a physical address",
)
def examine_physical(ctx: Context, fmt: Format, addr: int) -> Iterator[str]:
    """Show memory at a guest-physical address."""
    return _examine(ctx, fmt, addr, 8, ALL_ONES_64)


def _examine(ctx: Context, fmt: Format, addr: int, digits: int, mask: int) -> Iterator[str]:
    """Show memory; addresses have at least `digits` digits and are read modulo `mask` + 1
    (docs/qemu-behaviour/monitor.md §6).
    """
    space = ctx.machine.address_space
    if fmt.letter == "i":
        raise _not_disassembled(ctx.machine, addr & ALL_ONES_64, mask)
    return dump.format_dump(
        fmt, addr & ALL_ONES_64, digits, lambda at, size: space.read(at & mask, size)
    )


def _not_disassembled(machine: Machine, addr: int, mask: int) -> StateError:
    """Return why there are no instructions: QEMU's reasons come first."""
    if not machine.has_cpu:
        return StateError("Can not dump without CPU", prefix=False)
    if machine.address_space.read(addr & mask, 1) is None:
        return StateError(f"0x{addr:08x}: unable to read memory", prefix=False)
    return StateError("there is no disassembler here: format 'i' is not supported")


@GROUP.add(
    "sum",
    syntax=(Expression("addr", bits=32), Expression("size", bits=32)),
    parameters="addr size",
    help="add up memory in 16 bits",
)
def checksum(ctx: Context, addr: int, size: int) -> Iterator[str]:
    """Show a 16-bit sum of guest-physical memory (docs/qemu-behaviour/monitor.md §7)."""
    # A range that reaches 4 GiB is empty (docs/qemu-behaviour/monitor.md §7).
    end = (addr + size) % U32
    total = 0
    for at in range(addr, end, CHUNK_BYTES):
        for segment in ctx.machine.address_space.segments(at, min(CHUNK_BYTES, end - at)):
            data = (
                ctx.machine.address_space.read_segment(segment)
                if segment.range
                else bytes(segment.size)
            )
            if data is None:
                raise HostError(
                    f"memory at 0x{segment.addr:x} can't be read: {os.strerror(errno.EFAULT)}"
                )
            total = dump.update_checksum(total, data)
        report_progress(at - addr, end - addr)
        yield ""
    yield f"{total:05d}\n"


def _find_ram(machine: Machine, addr: int) -> tuple[int, AddressRange]:
    # Expressions are signed, addresses are not.
    addr &= ALL_ONES_64
    found = machine.address_space.at(addr)
    if found is None:
        raise UnmappedError(addr)
    if found.mapping is None:
        raise NotRamError(addr)
    return addr, found


@GROUP.add(
    "gpa2hva",
    syntax=(Expression("addr"),),
    parameters="addr",
    help="show the host virtual address of guest memory",
    check=_find_ram,
)
def gpa2hva(ctx: Context, addr: int) -> str:
    """Show the host's virtual address of a guest-physical one."""
    addr, found = _find_ram(ctx.machine, addr)
    assert found.mapping is not None
    where = found.mapping.address + found.host_offset(addr)
    return f"Host virtual address for 0x{addr:x} ({found.name}) is 0x{where:x}\n"


@GROUP.add(
    "gpa2hpa",
    syntax=(Expression("addr"),),
    parameters="addr",
    help="show the host physical address of guest memory",
    check=_find_ram,
)
def gpa2hpa(ctx: Context, addr: int) -> str:
    """Show the host's physical address of a guest-physical one, from the kernel's page map."""
    addr, found = _find_ram(ctx.machine, addr)
    assert found.mapping is not None
    where = found.mapping.host_physical_address(found.host_offset(addr))
    return f"Host physical address for 0x{addr:x} ({found.name}) is 0x{where:x}\n"


@GROUP.add(
    "i",
    syntax=(FormatParameter(), Expression("addr")),
    parameters="/fmt addr",
    help="read an I/O port",
)
def read_port(ctx: Context, fmt: Format, addr: int) -> str:
    """Read an I/O port as the guest would."""
    # QEMU shows digits for the size asked for, also where it reads one byte (experiment: `i /gx`).
    size, letter = PORT_WIDTHS[fmt.size]
    port = addr & 0xFFFF
    return f"port{letter}[0x{port:04x}] = 0x{ctx.machine.ports.read(port, size):0{2 * fmt.size}x}\n"


@GROUP.add(
    "o",
    syntax=(FormatParameter(), Expression("addr"), Expression("value")),
    parameters="/fmt addr value",
    help="write to an I/O port",
)
def write_port(ctx: Context, fmt: Format, addr: int, value: int) -> str:
    """Write to an I/O port as the guest would."""
    ctx.machine.ports.write(addr & 0xFFFF, value, PORT_WIDTHS[fmt.size][0])
    return ""
