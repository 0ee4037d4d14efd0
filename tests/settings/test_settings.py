"""Settings: flags over environment over file, and the file that is written."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from hmp.errors import InputError
from hmp.settings.load import for_terminal, gather, write_config
from hmp.settings.options import SETTINGS, Settings
from tests.support import PROGRAM, ROOT


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "hmp" / "config.toml"


def test_flags_over_environment_over_file(config: Path) -> None:
    config.parent.mkdir()
    config.write_text('theme = "dark"\nediting = "vi"\nas-you-type = true\n')
    settings = gather({"theme": "mono"}, {"HMP_THEME": "light", "HMP_EDITING": "emacs"})
    assert [settings[name] for name in ("theme", "editing", "as-you-type", "pager")] == [
        "mono",
        "emacs",
        "on",
        "on",
    ]


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_disables_additions(environment: dict[str, str]) -> None:
    assert for_terminal(Settings(), environment).is_on("plain")
    assert not for_terminal(Settings(), {"NO_COLOR": "", "TERM": "xterm"}).is_on("plain")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("theme = 'pink'", "theme is default or dark or light or mono, not 'pink'"),
        ("nothing = 1", "there is no setting 'nothing'; there are plain, theme"),
        ("theme = ", "Invalid value"),
        ("pager = 'perhaps'", "pager is on or off, not 'perhaps'"),
    ],
)
def test_invalid_file_is_rejected(config: Path, text: str, message: str) -> None:
    config.parent.mkdir()
    config.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        gather({}, {})
    assert str(config) in caught.value.message


def test_invalid_environment_is_rejected() -> None:
    with pytest.raises(InputError, match="HMP_PAGER: pager is on or off, not 'x'"):
        gather({}, {"HMP_PAGER": "x"})


def test_the_written_file_has_each_setting_once_with_its_comment_and_reads_back(
    config: Path,
) -> None:
    settings = Settings({"theme": "light", "toolbar": "off"})
    assert write_config(settings) == config
    text = config.read_text()
    assert list(tomllib.loads(text)) == [setting.name for setting in SETTINGS]
    assert all(f"# {setting.help}" in text for setting in SETTINGS)
    again = gather({}, {})
    assert all(again[setting.name] == settings[setting.name] for setting in SETTINGS)


def test_write_config_of_the_program(config: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "--theme", "dark", "--write-config", "--editing", "vi"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert (done.returncode, done.stdout) == (0, f"wrote {config}\n")
    found = tomllib.loads(config.read_text())
    assert (found["theme"], found["editing"], found["plain"]) == ("dark", "vi", False)


def test_a_script_reads_no_settings(config: Path) -> None:
    config.parent.mkdir()
    config.write_text("this is no toml")
    done = subprocess.run(
        [*PROGRAM], input="info status\n", capture_output=True, text=True, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")
