"""Sizes, with random input."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from hmp.grammar.numbers import parse_size


@given(st.integers(0, 2**64 - 1))
def test_plain_number_is_bytes(value: int) -> None:
    assert parse_size(str(value)) == parse_size(hex(value)) == parse_size(f" +{value}") == value


@given(st.integers(0, 1023), st.sampled_from("kKmMgGtTpP"))
def test_suffixes_are_powers_of_1024(value: int, unit: str) -> None:
    assert parse_size(f"{value}{unit}") == value << 10 * ("kmgtp".index(unit.lower()) + 1)


@given(st.text(max_size=30))
def test_size_is_parsed_or_rejected(text: str) -> None:
    with suppress(ValueError):
        assert 0 <= parse_size(text) < 2**64
