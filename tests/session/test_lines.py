"""The commands in scripts and transcripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.errors import HmpError
from hmp.monitor import BANNER
from hmp.session.lines import read_script, script_lines, without_replies


def found(text: str) -> list[tuple[int, str]]:
    return [(line.number, line.text) for line in script_lines(text.encode(), "a.hmp")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("info status\n\n  \n# x\n \t# y\ninfo name", [(1, "info status"), (6, "info name")]),
        ("info status\r\n\r\ninfo name\r\n", [(1, "info status"), (3, "info name")]),
        ("\ufeffinfo status\n", [(1, "info status")]),
        ("\ufeff# x\n\ufeffinfo\n", [(2, "\xef\xbb\xbfinfo")]),
        ("(qemu) info status\nVM status: running\n(qemu) \n", [(1, "info status")]),
        ("(qemu) (qemu) p 1\n1\n(qemu)\n(qemu)  stop\n", [(1, "p 1"), (4, " stop")]),
        (f"{BANNER}\nanything\n(qemu) stop\n", [(3, "stop")]),
        ("(qemu) # x\n(qemu) stop\n", [(2, "stop")]),
        # What is before the first prompt is a script.
        ("stop\n(qemu) cont\nreply\n", [(1, "stop"), (2, "cont")]),
        ("(qemux) stop\nstop\n", [(1, "(qemux) stop"), (2, "stop")]),
        ("", []),
    ],
)
def test_commands_of_a_script(text: str, expected: list[tuple[int, str]]) -> None:
    assert found(text) == expected


def test_location() -> None:
    (line,) = script_lines(b"\nstop", "a.hmp")
    assert line.location == "a.hmp:2"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["info status", "# x", ""], ["info status", "# x", ""]),
        (["(qemu) info status"], ["info status"]),
        (["(qemu) p 1", "1", "(qemu) p 2", "2", ""], ["p 1", "p 2", ""]),
        (["(qemu) p 1", "1", "(qemu) p 2"], ["p 1", "p 2"]),
        ([BANNER, "(qemu) p 1", "1", "(qemu) "], ["p 1", ""]),
    ],
)
def test_paste(lines: list[str], expected: list[str]) -> None:
    assert without_replies(lines) == expected


def test_files_that_are_no_scripts(tmp_path: Path) -> None:
    (tmp_path / "zeros").write_bytes(b"stop\ninfo\0")
    for name, message in (
        ("none", "can't read {}: No such file or directory"),
        (".", "can't read {}: Is a directory"),
        ("zeros", "{} is no script: line 2 has a NUL"),
    ):
        path = str(tmp_path / name)
        with pytest.raises(HmpError) as caught:
            read_script(path)
        assert caught.value.message == message.format(path)
