"""Fixtures of the tests at the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def config_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The XDG config directory, empty: no test has aliases and first lines of a user."""
    path = tmp_path / "config-home"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(path))
    return path


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The XDG state directory, empty, so that no test goes on with the lesson of another."""
    path = tmp_path / "state-home"
    monkeypatch.setenv("XDG_STATE_HOME", str(path))
    return path
