"""The guest-physical address space: which mapping backs which address, and reading through it.

Addresses and sizes are in bytes; how a dump is printed is not known here.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import NamedTuple

from hmp.machine.memory.mapping import Mapping

VIRTUAL_MASK = (1 << 52) - 1


class Range(NamedTuple):
    """A range of guest-physical memory; without a mapping it is I/O or firmware, which read as
    zeros.

    `kind` is ram, rom, nv-ram or i/o; `priority` tells which range wins where the board lets
    several overlap.
    """

    start: int
    size: int
    name: str
    mapping: Mapping | None
    offset: int = 0
    kind: str = "ram"
    priority: int = 0

    @property
    def end(self) -> int:
        """First address past the range."""
        return self.start + self.size


class Piece(NamedTuple):
    """A part of a span of addresses, with the range that backs it or None for a hole."""

    addr: int
    size: int
    range: Range | None


class AddressSpace:
    """Ranges that do not overlap, by address."""

    def __init__(self) -> None:
        self._ranges: list[Range] = []

    @property
    def ranges(self) -> list[Range]:
        """The ranges, by address."""
        return self._ranges

    def map(self, new: Range) -> None:
        """Add a range, unless it is empty; the caller has made sure that the place is free."""
        if new.size > 0:
            insort(self._ranges, new, key=lambda item: item.start)

    def fill(self, new: Range) -> None:
        """Add what of a range falls into holes; what is there already stays on top of it."""
        for piece in self.pieces(new.start, new.size) if new.size > 0 else ():
            if piece.range is None:
                offset = new.offset + piece.addr - new.start
                self.map(new._replace(start=piece.addr, size=piece.size, offset=offset))

    def within(self, start: int, size: int) -> list[Range]:
        """The ranges that have a part in a span of addresses."""
        return [item for item in self._ranges if item.start < start + size and start < item.end]

    def unmap(self, start: int, size: int) -> None:
        """Make a hole; what reaches over its borders stays."""
        end = start + size
        inside = self.within(start, size)
        self._ranges = [item for item in self._ranges if item not in inside]
        for item in inside:
            self.map(item._replace(size=start - item.start))
            self.map(
                item._replace(start=end, size=item.end - end, offset=item.offset + end - item.start)
            )

    def at(self, addr: int) -> Range | None:
        """The range that holds an address."""
        index = bisect_right(self._ranges, addr, key=lambda item: item.start) - 1
        found = self._ranges[index] if index >= 0 else None
        return found if found and addr < found.end else None

    def pieces(self, addr: int, size: int) -> list[Piece]:
        """The span cut at the borders of ranges, holes included."""
        result: list[Piece] = []
        end = addr + size
        while addr < end:
            found = self.at(addr)
            stop = min(end, found.end if found else self._next_start(addr, end))
            result.append(Piece(addr, stop - addr, found))
            addr = stop
        return result

    def _next_start(self, addr: int, end: int) -> int:
        index = bisect_right(self._ranges, addr, key=lambda item: item.start)
        return self._ranges[index].start if index < len(self._ranges) else end

    def read(self, addr: int, size: int) -> bytes | None:
        """The bytes at an address, or None when any of them can't be read."""
        parts = [self.read_piece(piece) for piece in self.pieces(addr, size)]
        return None if None in parts else b"".join(part for part in parts if part is not None)

    def read_piece(self, piece: Piece) -> bytes | None:
        """The bytes of one piece; None for a hole or a page that the host can't give."""
        if piece.range is None:
            return None
        if piece.range.mapping is None:
            return bytes(piece.size)
        return piece.range.mapping.read(
            piece.addr - piece.range.start + piece.range.offset, piece.size
        )
