"""-echr takes a number as C's strtol does."""

from __future__ import annotations

import pytest

from hmp.cmdline.parser import parse_command_line


@pytest.mark.parametrize(
    ("text", "character"),
    [
        ("2", 2),
        ("0x41x", 0x41),
        ("08", 0),
        ("-5", 251),
        ("99999999999999999999999", 255),
        ("-99999999999999999999999", 0),
        ("x", 1),
    ],
)
def test_escape_character(text: str, character: int) -> None:
    configuration = parse_command_line(["-echr", text], lambda *lines: None)
    assert configuration.escape_character == character
