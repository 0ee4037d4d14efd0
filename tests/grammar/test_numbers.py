"""Properties that hold for every input: sizes, option lists and placement."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.errors import InputError, StateError
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.numbers import parse_size
from hmp.grammar.opts import parse_opts
from hmp.machine.memory.placement import DeviceRegion, UsedRange, choose_address, choose_slot

GIB = 1 << 30
REGION = DeviceRegion(4 * GIB, 16 * GIB, 8 * GIB)


@given(st.integers(0, 2**64 - 1))
def test_a_number_of_bytes_is_itself(value: int) -> None:
    assert parse_size(str(value)) == parse_size(hex(value)) == parse_size(f" +{value}") == value


@given(st.integers(0, 1023), st.sampled_from("kKmMgGtTpP"))
def test_suffixes_are_powers_of_1024(value: int, unit: str) -> None:
    assert parse_size(f"{value}{unit}") == value << 10 * ("kmgtp".index(unit.lower()) + 1)


@given(st.text(max_size=30))
def test_a_size_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= parse_size(text) < 2**64


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True), st.text(max_size=12)),
        max_size=6,
    )
)
def test_both_option_languages_agree_on_plain_keys(pairs: list[tuple[str, str]]) -> None:
    text = ",".join(["driver", *(f"{key}={value.replace(',', ',,')}" for key, value in pairs)])
    assert [(item.key, item.value) for item in parse_opts(text, "type")] == [
        ("type", "driver"),
        *pairs,
    ]
    assert parse_keyval(text, "type").tree == {"type": "driver", **dict(pairs)}


@given(st.text(max_size=40))
def test_a_key_value_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        parse_keyval(text, "type")


@given(
    st.lists(st.integers(1, 512), max_size=8), st.integers(1, 512), st.sampled_from([1, 2, 64, 512])
)
def test_first_fit_never_overlaps(sizes: list[int], size: int, alignment: int) -> None:
    mib = 1 << 20
    occupied: list[UsedRange] = []
    for each in [*sizes, size]:
        addr = choose_address(REGION, 0, each * mib, alignment * mib, occupied)
        assert addr % (alignment * mib) == 0 and REGION.base <= addr
        assert addr + each * mib <= REGION.base + REGION.length
        assert all(
            addr >= other.addr + other.size or addr + each * mib <= other.addr for other in occupied
        )
        occupied = sorted([*occupied, UsedRange(addr, each * mib, "d")])


@given(st.sets(st.integers(0, 7)))
def test_the_lowest_free_slot(busy: set[int]) -> None:
    if len(busy) == 8:
        with pytest.raises(StateError, match="no free slots available"):
            choose_slot(-1, 8, busy)
    else:
        assert choose_slot(-1, 8, busy) == min(set(range(8)) - busy)
