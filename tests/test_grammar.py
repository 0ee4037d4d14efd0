"""The grammar for people: samples are taken or refused as it says, readers agree with it, pictures are up to date."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from draw_grammar import FOLDER, draw
from hypothesis import given, settings
from hypothesis import strategies as st

from hmp.errors import InputError
from hmp.grammar import tokens
from hmp.grammar.expressions import read_expression
from hmp.grammar.formats import read_format
from hmp.grammar.json_stream import JsonStream
from hmp.grammar.numbers import OutOfRangeError, read_integer, read_size
from hmp.grammar.options import read_key_values, read_options
from hmp.grammar.syntax import RULES, accepts
from hmp.grammar.words import QuotingError, read_word, skip_blanks
from hmp.values.readers import BOOLEANS
from tests.support import ROOT, monitor, say


def samples(name: str) -> list[tuple[str, str]]:
    lines = (ROOT / "grammar" / "samples" / f"{name}.txt").read_text().splitlines()
    found = [line.partition(": ")[::2] for line in lines if not line.startswith("#")]
    return [(rule, text) for rule, text in found]


def whole_expression(text: str) -> None:
    if skip_blanks(text, read_expression(text, 0)[1]) != len(text):
        raise ValueError(text)


def whole_word(text: str) -> None:
    found = read_word(text, 0)
    if found is None or found.end != len(text):
        raise ValueError(text)


def boolean(text: str) -> None:
    if text not in BOOLEANS:
        raise ValueError(text)


def token(pattern: str) -> Callable[[str], None]:
    def read(text: str) -> None:
        if not tokens.full(pattern, text):
            raise ValueError(text)

    return read


def flag(text: str) -> None:
    with monitor() as on:
        if "unsupported option" in say(on, f"info mtree {text}") or text[0] != "-":
            raise ValueError(text)


READERS: dict[str, Callable[[str], object]] = {
    "size": read_size, "integer": read_integer, "boolean": boolean, "identifier": token(tokens.IDENTIFIER),
    "word": whole_word,
    "format": lambda text: read_format(text, 0), "expression": whole_expression,
    "uuid": token(tokens.UUID), "pci-address": token(tokens.PCI_ADDRESS), "flag": flag,
    "option-list": lambda text: read_options(text, "type"), "key-values": lambda text: read_key_values(text, "type"),
}


@pytest.mark.parametrize(("rule", "text"), samples("accepted"))
def test_accepted(rule: str, text: str) -> None:
    assert accepts(rule, text)
    READERS.get(rule, str)(text)


@pytest.mark.parametrize(("rule", "text"), samples("refused"))
def test_refused(rule: str, text: str) -> None:
    assert not accepts(rule, text)
    if rule not in ("option-list", "command-line"):
        with pytest.raises((ValueError, InputError)):
            READERS[rule](text)


def test_spans_point_at_the_text() -> None:
    text = "pc-dimm,id=d0,nofoo"
    assert [text[item.start : item.end] for item in read_options(text, "driver")] == ["pc-dimm", "id=d0", "nofoo"]


@pytest.mark.parametrize("rule", RULES)
def test_diagrams_are_up_to_date(rule: str) -> None:
    assert (FOLDER / f"{rule}.html").read_text(encoding="utf-8") == draw(rule), "run scripts/draw-grammar"


ALPHABETS = {
    "size": "0123456789.kKmMxXb+- eEG", "integer": "0123789xXbBaf+- ", "identifier": "aZ09-._ ",
    "format": "/049xduocibhwgLz",
    "expression": "019+-*/%&|^()~' ax", "word": 'ab"\\n q', "pci-address": "01f.xg ", "boolean": "onyesfaltru",
}


@pytest.mark.parametrize("rule", ALPHABETS)
def test_readers_agree_with_the_grammar(rule: str) -> None:
    @settings(max_examples=400, deadline=None)
    @given(st.text(ALPHABETS[rule], min_size=1, max_size=7))
    def agree(text: str) -> None:
        text = "/" + text if rule == "format" else text.lstrip(" ") if rule == "word" else text
        try:
            READERS[rule](text)
            taken = True
        except OutOfRangeError:
            taken = "-" not in text  # Well written and too large; a negative size is neither.
        except (ValueError, InputError, QuotingError, ZeroDivisionError):
            taken = False
        assert accepts(rule, text) == taken

    agree()


def test_what_is_too_much_is_told_once_and_the_next_message_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hmp.grammar.json_stream.MOST_OCTETS", 100)
    monkeypatch.setattr("hmp.grammar.json_stream.MOST_TOKENS", 50)
    for text, limit in (("'" + "a" * 200 + "'", "size"), ("{'a': '" + "b" * 120 + "', 'c': [1]}", "size"),
                        ("[" + "1, " * 60 + "2]", "count"), ("[" + "'xxxxxxxxxxxx', " * 10 + "2]", "size")):
        for size in (7, 1000):
            stream, whole = JsonStream(), text + " {'a': 1}"
            found = [repr(value) for at in range(0, len(whole), size) for value in stream.feed(whole[at : at + size])]
            assert found == [f"InputError('JSON token {limit} limit exceeded')", "{'a': 1}"], text


JSON_PIECES = (
    '{"a": 1}', '{"a": [1, {"b": null}], "c": "x"}', '{"a": 1, "a": 2}', "{'a': 1}", '{"a": 1.5}', '{"a": "\\u0041"}',
    '{"a": 01}', "\n", "  ", "5 ", "}", '{"a": 12345678901234567890}', '{"a": NaN}', '{"a": "\xe9"}', "~", "{}", "[]",
    '{"a": tru}', '{"a":\n1}')


@given(st.lists(st.sampled_from(JSON_PIECES), max_size=8), st.integers(1, 40))
def test_a_stream_says_the_same_however_it_is_cut(pieces: list[str], size: int) -> None:
    """In one go, where whole objects are read by the json module, and in pieces, where they are read by tokens."""
    text = "".join(pieces)

    def read(parts: list[str]) -> list[str]:
        stream = JsonStream()
        return [repr(value) for part in parts for value in stream.feed(part)]

    assert read([text]) == read([text[at : at + size] for at in range(0, len(text), size)]) == read(list(text))
