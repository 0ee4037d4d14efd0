"""Guest memory as a CPU would use it: what is no RAM reads as zeros, and takes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hmp.errors import HostError
from hmp.machine.memory.address_space import AddressSpace, Segment
from hmp.units import MIB, U64

if TYPE_CHECKING:
    from hmp.machine.memory.mapping import Mapping

# A multiple of 3, so that the base64 text of pieces is that of the whole.
CHUNK_BYTES = 3 * MIB // 4
_WRITABLE_KINDS = ("ram", "nv-ram")


def read_memory(space: AddressSpace, addr: int, size: int) -> Iterator[bytes]:
    """Yield the bytes at an address, in pieces; raise HostError when the host can't read them."""
    for done, length in _chunks(size):
        segments = _segments(space, addr + done, length)
        yield b"".join(_read_segment(space, segment) for segment in segments)


def _segments(space: AddressSpace, addr: int, size: int) -> list[Segment]:
    """Return the parts of a range; address 0 follows the last one."""
    addr %= U64
    before = min(size, U64 - addr)
    return [*space.segments(addr, before), *space.segments(0, size - before)]


def _read_segment(space: AddressSpace, segment: Segment) -> bytes:
    if segment.range is None:
        return bytes(segment.size)
    data = space.read_segment(segment)
    if data is None:
        raise HostError(f"memory at 0x{segment.addr:x} can't be read")
    return data


def write_memory(
    space: AddressSpace, addr: int, size: int, content: Callable[[int, int], bytes]
) -> Iterator[None]:
    """Write `size` bytes, and yield between pieces; `content` returns those at an offset.

    Raises HostError when the host can't write them.
    """
    for done, length in _chunks(size):
        at = done
        for segment in _segments(space, addr + done, length):
            mapping = _writable_mapping(segment)
            if mapping and segment.range:
                with HostError.wrapping_calls(f"memory at 0x{segment.addr:x} can't be written"):
                    offset = segment.range.host_offset(segment.addr)
                    mapping.write(offset, content(at, segment.size))
            at += segment.size
        yield


def _writable_mapping(segment: Segment) -> Mapping | None:
    found = segment.range
    if found is None or found.mapping is None or found.kind not in _WRITABLE_KINDS:
        return None
    return found.mapping if found.mapping.writable else None


def _chunks(size: int) -> Iterator[tuple[int, int]]:
    """Yield where pieces begin, and their lengths."""
    for done in range(0, size, CHUNK_BYTES):
        yield done, min(CHUNK_BYTES, size - done)
