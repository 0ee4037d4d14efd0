"""A line of the monitor, parsed: once, with spans, and only when it has arguments."""

from __future__ import annotations

import json

import pyparsing as pp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.commands.registry import COMMANDS
from hmp.encoding import to_latin1
from hmp.grammar.command_line import parse_line
from hmp.monitor import Monitor
from scripts.lib import RECORDINGS
from tests.support import run_lines, start_monitor

RAM = "object_add memory-backend-ram,"


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that pyparsing was given to parse."""
    texts: list[str] = []
    for name in ("parse_string", "scan_string"):
        original = getattr(pp.ParserElement, name)

        def counted(
            self: pp.ParserElement, text: str, *more: object, _original: object = original
        ) -> object:
            texts.append(text)
            assert callable(_original)
            return _original(self, text, *more)

        monkeypatch.setattr(pp.ParserElement, name, counted)
    return texts


@pytest.mark.parametrize(
    "line",
    [
        RAM + "id=m,size=1M",
        "object_del m",
        "device_add pc-dimm,id=d",
        "device_del d",
        "qom-get /machine type",
        "qom-set m merge off",
        "p 1+2*(3-4)",
        "xp /4xb 0",
        "sum 0 1",
        "info mtree -f",
        "info qom-tree /objects",
        "help object_add",
        "guest policy online=kernel",
        "cpu 0",
        'memsave 0 8 "/dev/null"',
        "info status x",
        'device_add "pc-dimm,id=d"',
        'object_add {"qom-type": "memory-backend-ram"}',
    ],
)
def test_every_line_with_arguments_is_parsed_once(line: str, parses: list[str]) -> None:
    with start_monitor() as monitor:
        monitor.execute(line)
    assert parses == [line]


@pytest.mark.parametrize(
    "line", ["info status", "quit", "  stop ", "info", "nothing at all", "", "help"]
)
def test_a_line_without_arguments_needs_no_parser(line: str, parses: list[str]) -> None:
    with start_monitor() as monitor:
        monitor.execute(line)
    assert parses == []


SAMPLES = [
    line for line, _reply in json.loads((RECORDINGS / "hmp" / "random_lines.json").read_text())
]


@given(st.sampled_from(SAMPLES), st.sampled_from(("", " ", "\t", " \v\f ")))
def test_blanks_in_front_change_nothing_but_offsets(line: str, blanks: str) -> None:
    plain, moved = (
        parse_line(to_latin1(line), COMMANDS),
        parse_line(blanks + to_latin1(line), COMMANDS),
    )
    for name, value in plain.values.items():
        if value != moved.values[name]:
            assert [option.value for option in value] == [
                option.value for option in moved.values[name]
            ]
    assert repr(type(moved.error)) == repr(type(plain.error))
    if plain.error and plain.error.span and moved.error and moved.error.span:
        assert moved.error.span == (
            plain.error.span[0] + len(blanks),
            plain.error.span[1] + len(blanks),
        )


def test_spans_point_at_the_text() -> None:
    text = 'device_add "pc-dimm,id=d0,x=\\"a,,b\\",nofoo" '
    options = parse_line(text, COMMANDS).options
    assert [
        (text[slice(*option.key_span)], text[slice(*(option.value_span or (0, 0)))], option.value)
        for option in options
    ] == [
        ("", "pc-dimm", "pc-dimm"),
        ("id", "d0", "d0"),
        ("x", '\\"a,,b\\"', '"a,b"'),
        ("nofoo", "", "off"),
    ]


def test_defaults_of_pyparsing_stay_as_they_are() -> None:
    """No default of pyparsing is changed, and ours do not matter to hmp."""
    before = pp.ParserElement.DEFAULT_WHITE_CHARS
    with start_monitor() as monitor:
        run_lines(monitor, "p 1", RAM + "id=m,size=1M")
        assert before == pp.ParserElement.DEFAULT_WHITE_CHARS
    assert pp.Word(pp.alphas).parse_string("\n a").as_list() == ["a"]


def test_format_is_remembered_even_if_the_line_fails(monitor: Monitor) -> None:
    """QEMU keeps a well-formed /fmt even if the rest of the line is wrong."""
    assert run_lines(monitor, "p 10", "p/d x", "p 10", "p/oz 1", "p 10") == (
        "0xa\n"
        "invalid char 'x' in expression\nTry \"help p\" for more information\n"
        "10\n"
        "invalid char in format: 'z'\nTry \"help p\" for more information\n"
        "10\n"
    )


def test_negative_balloon_target_is_rejected(monitor: Monitor) -> None:
    assert (
        run_lines(monitor, "balloon -1")
        == 'enter a positive value\nTry "help balloon" for more information\n'
    )
