"""Looking at memory and ports: print, x, xp, sum, memsave, pmemsave, gpa2hva, gpa2hpa, i, o.

Reading goes through the machine's address space; how values look is in `dump.py` (spec/monitor.md sections 5 to 7).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hmp.commands import command as kinds
from hmp.commands import dump
from hmp.commands.absent_parts import VIRTUAL_MASK
from hmp.commands.command import Command
from hmp.errors import BareRefusal, HostRefusal, MachineRefusal
from hmp.grammar.formats import Format
from hmp.machine.address_space import Range

if TYPE_CHECKING:
    from hmp.monitor import Monitor

ADDRESS_MASK = (1 << 64) - 1
CHUNK = 1 << 20
SAVE_PIECE = 1024
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
        raise BareRefusal("Can not dump without CPU")
    return _examine(monitor, arguments, 16, VIRTUAL_MASK)


def examine_physical(monitor: Monitor, arguments: list[object]) -> str:
    """Memory at a guest-physical address."""
    return _examine(monitor, arguments, 8, ADDRESS_MASK)


def _examine(monitor: Monitor, arguments: list[object], digits: int, mask: int) -> str:
    shape, addr = arguments
    assert isinstance(shape, Format) and isinstance(addr, int)
    if shape.letter == "i":
        raise MachineRefusal("there is no disassembler here: format 'i' is not supported")
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
            total = dump.add_to_sum(total, monitor.machine.address_space.read_piece(piece) or bytes(piece.size))
    return f"{total:05d}\n"


def _open(name: str) -> int:
    try:
        return os.open(name.encode("latin-1"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    except (OSError, ValueError) as error:
        reason = os.strerror(getattr(error, "errno", 0) or 2)
        raise HostRefusal(f"Could not open '{name}': {reason}") from None


def save_virtual(monitor: Monitor, arguments: list[object]) -> str:
    """Save memory at a virtual address to a file, in pieces; what can't be read ends it."""
    if not monitor.machine.has_cpu:
        raise BareRefusal("No CPU available")
    addr, size, name = _save_arguments(arguments)
    descriptor = _open(name)
    space = monitor.machine.address_space
    try:
        for at in range(addr, addr + size, SAVE_PIECE):
            piece = space.read(at & VIRTUAL_MASK, min(SAVE_PIECE, addr + size - at))
            if piece is None:
                raise MachineRefusal(f"Invalid addr 0x{addr & ADDRESS_MASK:016x}/size {size} specified")
            _write(descriptor, piece)
    finally:
        os.close(descriptor)
    return ""


def save_physical(monitor: Monitor, arguments: list[object]) -> str:
    """Save guest-physical memory to a file; holes are zeros."""
    addr, size, name = _save_arguments(arguments)
    descriptor = _open(name)
    try:
        for piece in monitor.machine.address_space.pieces(addr & ADDRESS_MASK, size):
            if not _save_from_mapping(descriptor, piece.range, piece.addr, piece.size):
                _write_zeros(descriptor, piece.size)
    finally:
        os.close(descriptor)
    return ""


def _save_arguments(arguments: list[object]) -> tuple[int, int, str]:
    addr, size, name = arguments
    assert isinstance(addr, int) and isinstance(size, int)
    return addr, size, str(name)


def _save_from_mapping(descriptor: int, found: Range | None, addr: int, size: int) -> bool:
    if found is None or found.mapping is None:
        return False
    start = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        done = found.mapping.write_to(descriptor, addr - found.start + found.offset, size)
    except OSError as error:
        raise HostRefusal(f"writing to the file failed: {os.strerror(error.errno or 0)}") from None
    if not done:
        os.lseek(descriptor, start, os.SEEK_SET)
    return done


def _write_zeros(descriptor: int, size: int) -> None:
    """Lengthen the file by a hole, which reads as zeros."""
    end = os.lseek(descriptor, size, os.SEEK_CUR)
    try:
        os.ftruncate(descriptor, end)
    except OSError as error:
        raise HostRefusal(f"writing to the file failed: {os.strerror(error.errno or 0)}") from None


def _write(descriptor: int, data: bytes) -> None:
    try:
        os.write(descriptor, data)
    except OSError as error:
        raise HostRefusal(f"writing to the file failed: {os.strerror(error.errno or 0)}") from None


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
        raise BareRefusal(f"No memory is mapped at address 0x{addr:x}")
    if found.mapping is None:
        raise BareRefusal(f"Memory at address 0x{addr:x} is not RAM")
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
_SAVE = (kinds.NUMBER, kinds.NUMBER_32, kinds.WORD)
COMMANDS = (
    Command(("gpa2hpa",), (kinds.NUMBER,), "addr", "show the host physical address of guest memory", host_physical),
    Command(("gpa2hva",), (kinds.NUMBER,), "addr", "show the host virtual address of guest memory", host_virtual),
    Command(("i",), _LOOK, "/fmt addr", "read an I/O port", read_port),
    Command(("memsave",), _SAVE, "addr size file", "save memory at a virtual address to a file", save_virtual),
    Command(("o",), (*_LOOK, kinds.NUMBER), "/fmt addr value", "write to an I/O port", write_port),
    Command(("pmemsave",), _SAVE, "addr size file", "save memory at a physical address to a file", save_physical),
    Command(("print", "p"), _LOOK, "/fmt expr", "show the value of an expression", print_value),
    Command(("sum",), (kinds.NUMBER_32, kinds.NUMBER_32), "addr size", "add up memory in 16 bits", checksum),
    Command(("x",), _LOOK, "/fmt addr", "show memory at a virtual address", examine_virtual),
    Command(("xp",), _LOOK, "/fmt addr", "show memory at a physical address", examine_physical),
)
