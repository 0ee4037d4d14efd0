"""The guest memory that goes into a dump: RAM and ROM, without what a virtio-mem has not plugged
(docs/qemu-behaviour/dump.md §2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.machine.memory.mapping import Mapping
from hmp.units import U64

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class Block(NamedTuple):
    """`size` bytes of guest memory at a guest-physical address, in a mapping from `offset` on."""

    start: int
    size: int
    mapping: Mapping
    offset: int

    @property
    def end(self) -> int:
        """First address past the block."""
        return self.start + self.size

    def cut(self, start: int, end: int) -> Block:
        """Return the part of the block that is between two addresses; its size may be 0."""
        first = max(self.start, start)
        size = max(min(self.end, end) - first, 0)
        return Block(first, size, self.mapping, self.offset + first - self.start)


def memory_blocks(machine: Machine) -> list[Block]:
    """Return the blocks by address; what is contiguous in guest and host is one block."""
    populated = {device.addr: device.populated_size for device in machine.memory_devices}
    blocks: list[Block] = []
    for item in machine.address_space.ranges:
        if item.mapping is None:
            continue
        present = populated.get(item.start - item.offset, item.offset + item.size)
        size = min(item.size, present - item.offset)
        block = Block(item.start, size, item.mapping, item.offset)
        last = blocks[-1] if blocks else None
        if size <= 0:
            continue
        if (
            last
            and last.mapping is block.mapping
            and last.end == block.start
            and last.offset + last.size == block.offset
        ):
            blocks[-1] = last._replace(size=last.size + block.size)
        else:
            blocks.append(block)
    return blocks


def filtered(blocks: list[Block], begin: int, length: int) -> list[Block]:
    """Return the parts of the blocks between two addresses; a `length` of 0 takes all."""
    if not length:
        return blocks
    parts = (block.cut(begin, min(begin + length, U64)) for block in blocks)
    return [part for part in parts if part.size]
