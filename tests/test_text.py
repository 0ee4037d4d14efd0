"""Text from elsewhere on a terminal, and in a message of one line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.text import fit_table, format_table, one_line, visible, wrap

# What a terminal may obey, written independently of hmp.text.
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode\tand\n", "plain ünïcode\tand\n"),
        ("\x1b[31mred\x07\x00\r", "^[[31mred^G^@^M"),
        ("\x7f \x80 \x9b", "^? \\x80 \\x9b"),
        ("a\u202eb\u2066c\u2069", "a\\u202eb\\u2066c\\u2069"),
        ("no UTF-8: \udcff", "no UTF-8: \\xff"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_visible_acts_on_a_terminal(text: str) -> None:
    shown = visible(text)
    assert not OBEYED.search(shown)
    assert visible(shown) == shown


@given(st.text(max_size=2000), st.integers(2, 300))
def test_one_line_is_one_and_short(text: str, length: int) -> None:
    shown = one_line(text, length)
    assert "\n" not in shown and not OBEYED.search(shown)
    # A character is shown by six at most.
    assert len(shown) <= 6 * (length + 1)


def test_one_line_keeps_both_ends() -> None:
    assert one_line("a" * 1000 + "z", 5) == "aa…az"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["→ one two", "  three"]),
        (
            "a `device_add pc-dimm,id=d1,x=y` b",
            ["→ a", "  `device_add", "  pc-dimm,", "  id=d1,x=y`", "  b"],
        ),
        ("0123456789ABCDEFGHIJKL m", ["→ 0123456789A", "  BCDEFGHIJKL", "  m"]),
        ("", []),
    ],
)
def test_wrap(text: str, lines: list[str]) -> None:
    assert wrap(text, 14, "→ ") == lines


@given(st.text(st.sampled_from("ab, c=öñ"), max_size=80), st.integers(4, 30))
def test_wrapped_text_fits_and_is_whole(text: str, width: int) -> None:
    lines = wrap(text, width, "→ ")
    assert all(len(line) < width for line in lines)
    assert "".join("".join(line[2:] for line in lines).split()) == "".join(text.split())


TABLE = [
    ("name", "type", "what it is"),
    ("id", "string", "the name by which it is known"),
    ("b", "", ""),
]


def test_a_table_that_fits_is_as_wide_as_its_cells() -> None:
    lines = fit_table(TABLE, 80)
    assert lines == [
        ["name  type    what it is"],
        ["id    string  the name by which it is known"],
        ["b"],
    ]
    assert format_table(TABLE) == [line for (line,) in lines]


def test_a_narrow_table_has_hanging_indents() -> None:
    assert fit_table(TABLE, 40) == [
        ["name  type    what it is"],
        ["id    string  the name by which it is", "              known"],
        ["b"],
    ]
    assert fit_table(TABLE, 24) == [
        ["name  type", "    what it is"],
        ["id    string", "    the name by which", "    it is known"],
        ["b"],
    ]


@given(
    st.lists(st.tuples(*[st.text(st.sampled_from("abc ,/"), max_size=30)] * 4), max_size=5),
    st.integers(20, 60),
)
def test_every_table_fits_and_is_whole(rows: list[tuple[str, ...]], width: int) -> None:
    lines = fit_table(rows, width)
    assert len(lines) == len(rows)
    for row, texts in zip(rows, lines, strict=True):
        assert all(len(text) < width for text in texts)
        # No cell loses a letter, and the order is that of the row.
        assert "".join("".join(texts).split()) == "".join("".join(row).split())
