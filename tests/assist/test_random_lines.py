"""Whatever is typed, help around the line does not fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.assist.diagnostics import diagnose
from hmp.assist.highlight import styled_spans
from hmp.assist.signature import signature
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.machine.machine import Machine
from tests.assist.test_completion import completed
from tests.support import start_machine


@given(st.text(st.sampled_from('abdeimo_-=,"\\ /0129.{}|>xGé\t'), max_size=60), st.integers(0, 60))
def test_every_line_can_be_highlighted(text: str, cut: int) -> None:
    line = parse_console_line(f"device_add {text}").parsed
    ends = [(part.start, part.end) for part in styled_spans(line)]
    assert ends == sorted(ends) and all(0 <= start < end <= len(line.text) for start, end in ends)
    assert all(one[1] <= two[0] for one, two in zip(ends, ends[1:], strict=False))


@pytest.fixture(scope="module")
def anywhere() -> Machine:
    with start_machine() as machine:
        return machine


@given(
    st.sampled_from(sorted(CONSOLE_COMMANDS.commands)),
    st.text(st.sampled_from('abdeimo_-=,"\\ /0129.{|>xG'), max_size=40),
    st.text(st.sampled_from("=,ab "), max_size=5),
)
def test_help_never_fails(anywhere: Machine, name: str, text: str, after: str) -> None:
    before = f"{name} {text}"
    for choice in completed(anywhere, before, after):
        assert 0 <= choice.start <= len(before)
    line = parse_console_line(before + after).parsed
    signature(anywhere, CONSOLE_COMMANDS, line, len(before))
    for found in diagnose(anywhere, CONSOLE_COMMANDS, line):
        assert 0 <= found.start <= found.end <= len(line.text) and found.error.message
