"""Settings: flags over environment over file, and the file that is written."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from hmp.errors import InputError
from hmp.settings.load import for_terminal, load_settings, write_config
from hmp.settings.options import SETTINGS, Settings
from tests.support import PROGRAM, ROOT


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "hmp" / "config.toml"


def test_flags_over_environment_over_file(config: Path) -> None:
    config.parent.mkdir()
    config.write_text('theme = "dark"\nediting = "vi"\nas-you-type = true\n')
    settings = load_settings({"theme": "mono"}, {"HMP_THEME": "light", "HMP_EDITING": "emacs"})
    assert [settings[name] for name in ("theme", "editing", "as-you-type", "pager")] == [
        "mono",
        "emacs",
        "on",
        "on",
    ]


def test_no_color_takes_the_colours_alone() -> None:
    found = for_terminal(Settings({"theme": "dark"}), {"NO_COLOR": "1", "TERM": "xterm"})
    assert found["theme"] == "mono" and not found.is_enabled("plain")
    assert for_terminal(Settings({"theme": "dark"}), {"NO_COLOR": ""})["theme"] == "dark"


@pytest.mark.parametrize(
    ("environment", "is_ascii"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LANG": "POSIX"}, True),
        # So Python leaves it where the locale is C.
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
        ({"LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "C", "LC_ALL": "en_US.UTF-8"}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({}, False),
    ],
)
def test_an_ascii_locale(environment: dict[str, str], is_ascii: bool) -> None:
    assert for_terminal(Settings(), environment).is_enabled("ascii") is is_ascii
    assert for_terminal(Settings({"ascii": "on"}), environment).is_enabled("ascii")


def test_a_screen_reader_gets_nothing_that_is_redrawn() -> None:
    found = for_terminal(Settings({"screen-reader": "on", "as-you-type": "on"}), {})
    assert not any(found.is_enabled(name) for name in ("toolbar", "suggestions", "as-you-type"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("theme = 'pink'", "theme is default or dark or light or mono, not 'pink'"),
        ("nothing = 1", "there is no setting 'nothing'; there are plain, ascii, screen"),
        ("theme = ", "Invalid value"),
        ("pager = 'perhaps'", "pager is on or off, not 'perhaps'"),
    ],
)
def test_invalid_file_is_rejected(config: Path, text: str, message: str) -> None:
    config.parent.mkdir()
    config.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        load_settings({}, {})
    assert str(config) in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("theme = " + "9" * (1 << 15), "a number is too long"),
        ("theme = " + "[" * 10_000, "it is nested too deeply"),
        ("theme = " + "{a = " * 10_000, "it is nested too deeply"),
        ("a." * 20_000 + "a = 1", "it is nested too deeply"),
        ("[" + "a . " * 10_000 + "a]", "it is nested too deeply"),
        ("#" * (1 << 17), "it is larger than 64 KiB"),
        ("theme = 3", "theme is default or dark or light or mono, not a number"),
        ("pager = 1.5", "pager is on or off, not a number"),
        ("theme = ['dark']", "theme is default or dark or light or mono, not an array"),
        ("[theme]", "theme is default or dark or light or mono, not a table"),
        ("theme = 1979-05-27", "not a date or a time"),
        ("theme = '''a\nb\u202e'''", "not 'a\\nb\\u202e'"),
        ('"a\\nb" = 1', "there is no setting 'a\\nb'"),
        (f"theme = '{'x' * 50_000}'", "x…x"),
        ("plain = true\ntheme = ]", "(at line 2, column 9)"),
    ],
)
def test_a_file_of_a_stranger_is_an_error_of_one_line(
    config: Path, text: str, message: str
) -> None:
    config.parent.mkdir()
    config.write_text(text)
    with pytest.raises(InputError) as caught:
        load_settings({}, {})
    assert caught.value.message.startswith(f"{config}: ")
    assert message in caught.value.message
    assert len(caught.value.message) < len(str(config)) + 250
    assert caught.value.message.isprintable()


def test_what_is_no_file_of_text_is_rejected_at_once(config: Path) -> None:
    config.mkdir(parents=True)
    with pytest.raises(InputError, match=f"{config}: Is a directory"):
        load_settings({}, {})
    config.rmdir()
    os.mkfifo(config)
    with pytest.raises(InputError, match=f"{config}: it is no regular file"):
        load_settings({}, {})
    config.unlink()
    config.symlink_to("/dev/zero")
    with pytest.raises(InputError, match=f"{config}: it is no regular file"):
        load_settings({}, {})
    config.unlink()
    config.write_bytes(b"theme = 'dark'\n# \xff")
    with pytest.raises(InputError, match=f"{config}: line 2 is not UTF-8"):
        load_settings({}, {})
    with config.open("r+b") as sparse:
        sparse.truncate(100 << 20)
    with pytest.raises(InputError, match=f"{config}: it is larger than 64 KiB"):
        load_settings({}, {})


def test_an_unreadable_file_is_rejected(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.parent.mkdir()
    config.write_text("theme = 'dark'")

    def refuse(*_arguments: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Permissions do not stop root, as which tests may run.
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputError, match=f"{config}: Permission denied"):
        load_settings({}, {})


@pytest.mark.parametrize(
    ("value", "shown"),
    [("x", "x"), ("a\nb\x1b", "a\\nb^["), ("\udcff", "\\xff"), ("y" * 9999, "y…y")],
)
def test_invalid_environment_is_rejected(value: str, shown: str) -> None:
    with pytest.raises(InputError) as caught:
        load_settings({}, {"HMP_PAGER": value})
    assert caught.value.message.startswith("HMP_PAGER: pager is on or off, not '")
    assert shown in caught.value.message and len(caught.value.message) < 250


def test_the_written_file_has_each_setting_once_with_its_comment_and_reads_back(
    config: Path,
) -> None:
    settings = Settings({"theme": "light", "toolbar": "off"})
    assert write_config(settings) == config
    text = config.read_text()
    assert list(tomllib.loads(text)) == [setting.name for setting in SETTINGS]
    assert all(f"# {setting.help}" in text for setting in SETTINGS)
    again = load_settings({}, {})
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
