"""The data of secrets is in no history file and in no recording."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.console.prompt.history import open_history
from hmp.console.prompt.secret_mask import to_display, to_source
from hmp.console.secret_lines import MASK, masked, secret_spans, secret_values
from tests.keyboard import keyboard

SECRETS = [
    ("object_add secret,id=s,data=XYZ", "object_add secret,id=s,data=***"),
    ("object_add secret,data=X,,Y Z,id=s", "object_add secret,data=***,id=s"),
    ("object_add qom-type=secret,data=XYZ", "object_add qom-type=secret,data=***"),
    ("object_add data=XYZ,qom-type=secret", "object_add data=***,qom-type=secret"),
    ("  object_add  secret,data=XYZ > file", "  object_add  secret,data=*** > file"),
    # The comma should have been two.
    ("object_add secret,data=X,YZ,id=s", "object_add secret,data=***,id=s"),
    ("object_add secret,id=s,data=X,YZ", "object_add secret,id=s,data=***"),
    # Not finished or mistyped, but typed all the same.
    ("object_add data=X", "object_add data=***"),
    ("objct_add secret,id=s,data=XYZ", "objct_add secret,id=s,data=***"),
    (
        'object_add {"qom-type":"secret","id":"s","data":"XYZ"}',
        'object_add {"qom-type":"secret","id":"s","data":"***"}',
    ),
    (
        r"""object_add {'data' : "X\"Z", "id": "s", "qom-type": 'secret'}""",
        """object_add {'data' : "***", "id": "s", "qom-type": 'secret'}""",
    ),
    (r'object_add {"d\u0061ta":"XYZ"}', r'object_add {"d\u0061ta":"***"}'),
    ('object_add {"data":"XY', 'object_add {"data":"***'),
    ('object_add {"data": XYZ, "id"', 'object_add {"data": ***, "id"'),
]
NO_SECRETS = [
    "",
    "object_add secret,id=s,data=",
    'object_add {"qom-type":"secret","data":""}',
    "object_add secret,id=s,file=data",
    "object_add memory-backend-ram,id=data,size=1G",
    "object_add memory-backend-file,id=x,discard-data=on",
    "p 1 | grep data=3",
    "info history",
]


@pytest.mark.parametrize(("line", "shown"), SECRETS)
def test_lines_with_secrets(
    line: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert masked(line) == shown
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    history = open_history()
    for text in ("info status", line, "stop"):
        history.append_string(text)
    assert "X" not in (tmp_path / "hmp" / "history").read_text()
    assert list(open_history().load_history_strings()) == ["stop", "info status"]


@pytest.mark.parametrize("line", NO_SECRETS)
def test_lines_without_secrets(line: str) -> None:
    assert masked(line) == line


def test_values_to_hide() -> None:
    assert secret_values("object_add secret,data=long,,er") == {
        *("long,,er", "long,er", "long"),
    }
    assert secret_values("object_add secret,data=left,right") == {"left,right", "left", "right"}
    assert secret_values("object_add secret,data=xyz") == set()


@given(st.text(st.sampled_from("object_add secret,data={}\"':\\ |>x"), max_size=60))
def test_any_line_is_masked(text: str) -> None:
    for start, end in secret_spans(text):
        assert start < end <= len(text)
    assert masked(text).count(MASK) >= len(secret_spans(text))


@given(st.integers(0, 5), st.integers(1, 9), st.integers(0, 5))
def test_positions_in_a_masked_line(before: int, hidden: int, after: int) -> None:
    spans = [(before, before + hidden)]
    width = before + len(MASK) + after
    assert to_display(spans, before) == before
    assert to_display(spans, before + hidden) == before + len(MASK)
    assert to_display(spans, before + hidden + after) == width
    shown = [to_display(spans, position) for position in range(before + hidden + after + 1)]
    assert shown == sorted(shown)
    found = [to_source(spans, position) for position in range(width + 1)]
    assert found == sorted(found) and found[0] == 0 and found[-1] == before + hidden + after


def test_a_line_with_a_secret_can_be_recalled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    history = open_history()
    history.append_string(SECRETS[0][0])
    assert history.get_strings() == [SECRETS[0][0]]


def test_the_toolbar_of_a_recorded_console_repeats_no_secret(tmp_path: Path) -> None:
    line = "object_add secret,data=x,stapler,id=s"
    with (tmp_path / "cast").open("wb") as recording, keyboard(recording=recording) as terminal:
        terminal.type(line)
        terminal.until_line("object_add secret,data=***,id=s")
        assert "stapler" not in terminal.text
    assert "stapler" not in (tmp_path / "cast").read_text()
    with keyboard() as terminal:
        terminal.type(line)
        terminal.until("Expected '=' after parameter 'stapler'")
