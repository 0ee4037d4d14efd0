"""Sizes as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.grammar.numbers import parse_size
from hmp.units import GIB, MIB, format_size, format_sizes, format_sizes_approx


@given(st.integers(0, (1 << 50)))
def test_formatted_size_is_exact(size: int) -> None:
    assert parse_size(format_size(size)) == size


@pytest.mark.parametrize(
    ("sizes", "texts"),
    [
        ((GIB, GIB // 2), ["1G", "0.5G"]),
        ((GIB, 513 * MIB, 0), ["1024M", "513M", "0"]),
        ((0, 0), ["0", "0"]),
        ((5000,), ["5000"]),
    ],
)
def test_sizes_of_a_sentence_have_one_unit(sizes: tuple[int, ...], texts: list[str]) -> None:
    assert format_sizes(*sizes) == texts


@pytest.mark.parametrize(
    ("sizes", "texts"),
    [
        ((GIB // 2, 7 * GIB), ["0.5G", "7G"]),
        ((GIB // 4, 7 * GIB), ["256M", "7168M"]),
        ((0, 128 * MIB), ["0", "128M"]),
        ((3000 * MIB, 4 * GIB), ["2.9G", "4G"]),
        ((4096, 64 * GIB), ["<0.1G", "64G"]),
        ((0, 0), ["0", "0"]),
        ((100,), ["100B"]),
    ],
)
def test_about_as_much(sizes: tuple[int, ...], texts: list[str]) -> None:
    assert format_sizes_approx(*sizes) == texts


@given(st.lists(st.integers(0, 1 << 60), min_size=1, max_size=4))
def test_about_as_much_is_near(sizes: list[int]) -> None:
    texts = format_sizes_approx(*sizes)
    assert len({text[-1] for text in texts if text != "0"}) <= 1
    for size, text in zip(sizes, texts, strict=True):
        if not text.startswith("<"):
            read = float(text.rstrip("KMGTB"))
            unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}.get(text[-1], 1)
            assert abs(read * unit - size) <= max(size * 0.02, unit * 0.05) * 1.01
