"""Sizes as text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hmp.grammar.numbers import parse_size
from hmp.units import format_size


@given(st.integers(0, (1 << 50)))
def test_formatted_size_is_exact(size: int) -> None:
    assert parse_size(format_size(size)) == size
