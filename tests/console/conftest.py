"""Fixtures of the tests at the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The XDG state directory, empty, so that no test goes on with the lesson of another."""
    path = tmp_path / "state-home"
    monkeypatch.setenv("XDG_STATE_HOME", str(path))
    return path
