"""Looking at memory and ports: print, x, xp, sum, gpa2hva, gpa2hpa, i, o.

Reading goes through the machine's address space; how values look is in `dump.py` (spec/monitor.md sections 5 to 7).
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from hmp.commands import command as kinds
from hmp.commands import dump
from hmp.commands.command import Command
from hmp.errors import HostError, StateError
from hmp.grammar.formats import Format
from hmp.machine.address_space import VIRTUAL_MASK, Range

if TYPE_CHECKING:
    from hmp.monitor import Monitor

ADDRESS_MASK = (1 << 64) - 1
CHUNK = 1 << 20
# Bytes read or written for each size of a format, and the letter that is shown; there are no ports 8 bytes wide.
PORT_WIDTHS = {1: (1, "b"), 2: (2, "w"), 4: (4, "l"), 8: (1, "b")}


def print_value(monitor: Monitor, arguments: list[object]) -> str:
    """One value in a format."""
    shape, value = arguments
    assert isinstance(shape, Format) and isinstance(value, int)
    return dump.print_value(shape.letter, value) + "\n"


def examine_virtual(monitor: Monitor, arguments: list[object]) -> str:
    """Memory at a virtual address; without paging that is the physical one modulo 2^52."""
    if not monitor.machine.has_cpu:
        raise StateError("Can not dump without CPU", prefix=False)
    return _examine(monitor, arguments, 16, VIRTUAL_MASK)


def examine_physical(monitor: Monitor, arguments: list[object]) -> str:
    """Memory at a guest-physical address."""
    return _examine(monitor, arguments, 8, ADDRESS_MASK)


def _examine(monitor: Monitor, arguments: list[object], digits: int, mask: int) -> str:
    shape, addr = arguments
    assert isinstance(shape, Format) and isinstance(addr, int)
    if shape.letter == "i":
        raise StateError("there is no disassembler here: format 'i' is not supported")
    space = monitor.machine.address_space
    return dump.examine(shape, addr & ADDRESS_MASK, digits, lambda at, size: space.read(at & mask, size))


def checksum(monitor: Monitor, arguments: list[object]) -> str:
    """A 16-bit sum of guest-physical memory (spec/monitor.md section 7)."""
    start, size = arguments
    assert isinstance(start, int) and isinstance(size, int)
    end = (start + size) % (1 << 32)
    total = 0
    for at in range(start, end, CHUNK):
        for piece in monitor.machine.address_space.pieces(at, min(CHUNK, end - at)):
            data = monitor.machine.address_space.read_piece(piece) if piece.range else bytes(piece.size)
            if data is None:
                raise HostError(f"memory at 0x{piece.addr:x} can't be read: {os.strerror(errno.EFAULT)}")
            total = dump.add_to_sum(total, data)
    return f"{total:05d}\n"


def host_virtual(monitor: Monitor, arguments: list[object]) -> str:
    """The host's virtual address of a guest-physical one."""
    addr, found = _ram_at(monitor, arguments)
    assert found.mapping is not None
    where = found.mapping.address + addr - found.start + found.offset
    return f"Host virtual address for 0x{addr:x} ({found.name}) is 0x{where:x}\n"


def host_physical(monitor: Monitor, arguments: list[object]) -> str:
    """The host's physical address of a guest-physical one, from the kernel's page map."""
    addr, found = _ram_at(monitor, arguments)
    assert found.mapping is not None
    where = found.mapping.physical(addr - found.start + found.offset)
    return f"Host physical address for 0x{addr:x} ({found.name}) is 0x{where:x}\n"


def _ram_at(monitor: Monitor, arguments: list[object]) -> tuple[int, Range]:
    assert isinstance(arguments[0], int)
    addr = arguments[0] & ADDRESS_MASK
    found = monitor.machine.address_space.at(addr)
    if found is None:
        raise StateError(f"No memory is mapped at address 0x{addr:x}", prefix=False)
    if found.mapping is None:
        raise StateError(f"Memory at address 0x{addr:x} is not RAM", prefix=False)
    return addr, found


def read_port(monitor: Monitor, arguments: list[object]) -> str:
    """Read an I/O port as the guest would."""
    shape, port = arguments
    assert isinstance(shape, Format) and isinstance(port, int)
    size, letter = PORT_WIDTHS[shape.size]
    port &= 0xFFFF
    return f"port{letter}[0x{port:04x}] = 0x{monitor.machine.read_port(port, size):0{2 * shape.size}x}\n"


def write_port(monitor: Monitor, arguments: list[object]) -> str:
    """Write to an I/O port as the guest would."""
    shape, port, value = arguments
    assert isinstance(shape, Format) and isinstance(port, int) and isinstance(value, int)
    monitor.machine.write_port(port & 0xFFFF, value, PORT_WIDTHS[shape.size][0])
    return ""


_LOOK = (kinds.FORMAT, kinds.NUMBER)
COMMANDS = (
    Command(("gpa2hpa",), (kinds.NUMBER,), "addr", "show the host physical address of guest memory", host_physical),
    Command(("gpa2hva",), (kinds.NUMBER,), "addr", "show the host virtual address of guest memory", host_virtual),
    Command(("i",), _LOOK, "/fmt addr", "read an I/O port", read_port),
    Command(("o",), (*_LOOK, kinds.NUMBER), "/fmt addr value", "write to an I/O port", write_port),
    Command(("print", "p"), _LOOK, "/fmt expr", "show the value of an expression", print_value),
    Command(("sum",), (kinds.NUMBER_32, kinds.NUMBER_32), "addr size", "add up memory in 16 bits", checksum),
    Command(("x",), _LOOK, "/fmt addr", "show memory at a virtual address", examine_virtual),
    Command(("xp",), _LOOK, "/fmt addr", "show memory at a physical address", examine_physical),
)
