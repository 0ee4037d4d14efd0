"""JSON: what is encoded is parsed again, and what Python's own module writes is read the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.encoding import to_latin1
from hmp.errors import HmpError
from hmp.json.encoder import dump
from hmp.json.parser import parse_json
from hmp.json.stream import JsonStream

# QEMU rejects noncharacters and lone surrogates (docs/qemu-behaviour/qmp.md §A3).
TEXT = st.text(st.characters(max_codepoint=0xD7FF), max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def held_as_bytes(value: object) -> object:
    """Return a value with its strings as the program holds them: UTF-8 bytes in a str."""
    if isinstance(value, str):
        return to_latin1(value)
    if isinstance(value, list):
        return [held_as_bytes(item) for item in value]
    if isinstance(value, dict):
        return {to_latin1(key): held_as_bytes(item) for key, item in value.items()}
    return value


@given(VALUES)
def test_parser_agrees_with_pythons(value: object) -> None:
    assert parse_json(json.dumps(value)) == held_as_bytes(value)


@given(VALUES, st.sampled_from([None, 4]))
def test_encoded_value_is_parsed_again(value: object, indent: int | None) -> None:
    text = dump(held_as_bytes(value), indent)
    assert text.isascii() and json.loads(text) == value
    assert parse_json(text) == held_as_bytes(value)


@given(st.lists(st.dictionaries(TEXT, VALUES, max_size=3), max_size=3), st.data())
def test_stream_in_any_pieces(values: list[object], data: st.DataObject) -> None:
    text = to_latin1("".join(json.dumps(value, ensure_ascii=False) for value in values))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    stream = JsonStream()
    found = [
        value
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)
        for value in stream.feed(text[start:end])
    ]
    assert found == [held_as_bytes(value) for value in values]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1,]", "1:4: JSON parse error, expecting value"),
        ('{"a":1,"a":2}', "1:12: JSON parse error, duplicate key"),
        ("{} {}", "Expecting at most one JSON value"),
        ("nope", "1:1: JSON parse error, invalid keyword 'nope'"),
        (r'"\ud800"', r"1:1: JSON parse error, \ud800 is not a valid Unicode character"),
        ("[" * 1025, "JSON nesting depth limit exceeded"),
    ],
)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(HmpError) as caught:
        parse_json(text)
    assert caught.value.message == message
