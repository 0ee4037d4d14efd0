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
    for at, length in _chunks(addr, size):
        yield b"".join(_read_segment(space, segment) for segment in space.segments(at, length))


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
    for at, length in _chunks(addr, size):
        for segment in space.segments(at, length):
            mapping = _writable_mapping(segment)
            if mapping and segment.range:
                data = content(segment.addr - addr, segment.size)
                with HostError.wrapping_calls(f"memory at 0x{segment.addr:x} can't be written"):
                    mapping.write(segment.range.host_offset(segment.addr), data)
        yield


def _writable_mapping(segment: Segment) -> Mapping | None:
    found = segment.range
    if found is None or found.mapping is None or found.kind not in _WRITABLE_KINDS:
        return None
    return found.mapping if found.mapping.writable else None


def _chunks(addr: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut a range into pieces; what is beyond the last address is not there."""
    addr %= U64
    for done in range(0, size, CHUNK_BYTES):
        yield addr + done, min(CHUNK_BYTES, size - done)
