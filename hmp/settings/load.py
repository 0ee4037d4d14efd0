"""Where settings come from: flags over environment over the file (`config.toml` in the XDG config
folder).

What settings there are is said in `table.py`; the file is written only by `write_config`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hmp.errors import HostError, InputError
from hmp.settings.options import BY_NAME, OFF, ON, SETTINGS, Setting, Settings

HEAD = (
    "# Settings of the hmp console. "
    "Flags (--theme dark) and the environment (HMP_THEME=dark) go before them.\n"
)


class SettingsError(InputError):
    """A setting that can't be read; `where` is the file or the environment variable."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where


def config_path() -> Path:
    """Where the file is, whether it exists or not."""
    from platformdirs import user_config_path

    return user_config_path("hmp") / "config.toml"


def gather(flags: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> Settings:
    """What was set; SettingsError for a word in the environment or the file that a setting does not
    take.
    """
    return Settings({**_from_file(config_path()), **_from_environment(environment), **flags})


def for_terminal(settings: Settings, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings as they hold on this terminal: who wants no colours, or has none, gets none of
    our additions.
    """
    if environment.get("NO_COLOR") or is_dumb(environment):
        settings.turn("plain", True)
    return settings


def is_dumb(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal understands no escape sequence."""
    return environment.get("TERM", "").lower() in ("dumb", "unknown")


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for setting in SETTINGS:
        text = environment.get(setting.variable)
        if text:
            found[setting.name] = _read(setting, text, setting.variable)
    return found


def _from_file(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), getattr(error, "strerror", None) or str(error)) from None
    import tomllib

    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(path), str(error)) from None
    found = {}
    for name, value in given.items():
        setting = BY_NAME.get(name)
        if setting is None:
            raise SettingsError(
                str(path), f"there is no setting '{name}'; there are {', '.join(BY_NAME)}"
            )
        found[name] = _read(
            setting,
            {True: ON, False: OFF}.get(value, value) if isinstance(value, bool) else value,
            str(path),
        )
    return found


def _read(setting: Setting, value: object, where: str) -> str:
    try:
        return setting.read(str(value))
    except InputError as error:
        raise SettingsError(where, error.message) from None


def write_config(settings: Settings) -> Path:
    """Write the file, each setting once with its comment, its value being the one in force; where
    it was written.

    HostError when it can't be.
    """
    path = config_path()
    text = HEAD + "".join(_entry(setting, settings[setting.name]) for setting in SETTINGS)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HostError.from_os(f"can't write {path}", error) from None
    return path


def _entry(setting: Setting, value: str) -> str:
    shown = {ON: "true", OFF: "false"}[value] if setting.is_switch else f'"{value}"'
    choices = "" if setting.is_switch else f" ({', '.join(setting.choices)})"
    return f"\n# {setting.help}{choices}\n{setting.name} = {shown}\n"
