"""Placement: the lowest free slot, and addresses that never overlap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.errors import StateError
from hmp.machine.memory.placement import Occupied, Region, choose_address, choose_slot

GIB = 1 << 30


REGION = Region(4 * GIB, 16 * GIB, 8 * GIB)


@given(
    st.lists(st.integers(1, 512), max_size=8), st.integers(1, 512), st.sampled_from([1, 2, 64, 512])
)
def test_first_fit_never_overlaps(sizes: list[int], size: int, alignment: int) -> None:
    mib = 1 << 20
    occupied: list[Occupied] = []
    for each in [*sizes, size]:
        addr = choose_address(REGION, 0, each * mib, alignment * mib, occupied)
        assert addr % (alignment * mib) == 0 and REGION.base <= addr
        assert addr + each * mib <= REGION.base + REGION.length
        assert all(
            addr >= other.addr + other.size or addr + each * mib <= other.addr for other in occupied
        )
        occupied = sorted([*occupied, Occupied(addr, each * mib, "d")])


@given(st.sets(st.integers(0, 7)))
def test_the_lowest_free_slot(busy: set[int]) -> None:
    if len(busy) == 8:
        with pytest.raises(StateError, match="no free slots available"):
            choose_slot(-1, 8, busy)
    else:
        assert choose_slot(-1, 8, busy) == min(set(range(8)) - busy)
