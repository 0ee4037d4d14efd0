"""Load settings: flags before environment before `config.toml` in the XDG config directory."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from hmp.errors import HostError, InputError
from hmp.files import read_text, reason_of
from hmp.settings.options import BY_NAME, OFF, ON, SETTINGS, Setting, Settings
from hmp.text import one_line

HEADER = (
    "# Settings of the hmp console. "
    "Flags (--theme dark) and the environment (HMP_THEME=dark) go before them.\n"
)
MAX_BYTES, MAX_PATH = 1 << 16, 4096
# The time that tomllib takes for a dotted key grows with the square of its parts.
DEEP_KEY = re.compile(r"""(?<!["'\w-])(?:["'\w-]++[ \t]*+\.[ \t]*+){32}""")
TYPE_NAMES: dict[type, str] = {
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "a table",
}


class SettingsError(InputError):
    """A setting can't be read; `source` is the file or the environment variable.

    The message is one line, whatever is in the file.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{one_line(source, MAX_PATH)}: {one_line(reason)}")
        self.source = source


def config_path() -> Path:
    """Return the path of the configuration file, which need not exist."""
    from platformdirs import user_config_path

    return user_config_path("hmp") / "config.toml"


def load_settings(
    flags: Mapping[str, str], environment: Mapping[str, str] = os.environ
) -> Settings:
    """Return the settings of all sources; raise SettingsError for an invalid value or name."""
    return Settings({**_from_file(config_path()), **_from_environment(environment), **flags})


def for_terminal(settings: Settings, environment: Mapping[str, str] = os.environ) -> Settings:
    """Fit settings to the terminal, and return them: NO_COLOR takes the colours, an ASCII locale
    the other characters. For a screen reader nothing is drawn beside or below the line.
    """
    if environment.get("NO_COLOR"):
        settings["theme"] = "mono"
    if is_ascii_locale(environment):
        settings.set_enabled("ascii", True)
    if settings.is_enabled("screen-reader"):
        for name in ("toolbar", "suggestions", "as-you-type"):
            settings.set_enabled(name, False)
    return settings


def is_ascii_locale(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether the locale has no characters beyond ASCII."""
    names = [environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    # Python itself sets LC_CTYPE where the locale is C.
    if names[1:] in (["C.UTF-8", "C"], ["C.UTF-8", "POSIX"]):
        names[1] = ""
    return next(filter(None, names), "") in ("C", "POSIX")


def is_dumb_terminal(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether the terminal understands no escape sequences."""
    return environment.get("TERM", "").lower() in ("dumb", "unknown")


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for setting in SETTINGS:
        text = environment.get(setting.variable)
        if text:
            values[setting.name] = _parse(setting, text, setting.variable)
    return values


def _from_file(path: Path) -> dict[str, str]:
    try:
        text = read_text(path, MAX_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(str(path), reason_of(error)) from None
    values = {}
    for name, value in _parse_toml(text, str(path)).items():
        setting = BY_NAME.get(name)
        if setting is None:
            raise SettingsError(
                str(path), f"there is no setting '{name}'; there are {', '.join(BY_NAME)}"
            )
        if isinstance(value, bool):
            value = ON if value else OFF
        if not isinstance(value, str):
            kind = TYPE_NAMES.get(type(value), "a date or a time")
            raise SettingsError(str(path), f"{name} is {setting.expected}, not {kind}")
        values[name] = _parse(setting, value, str(path))
    return values


def _parse_toml(text: str, source: str) -> dict[str, object]:
    import tomllib  # Not needed without a file.

    try:
        if DEEP_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError:  # Python's limit for the digits of a number.
        reason = "a number is too long"
    raise SettingsError(source, reason)


def _parse(setting: Setting, text: str, source: str) -> str:
    try:
        return setting.parse(text)
    except InputError as error:
        raise SettingsError(source, error.message) from None


def write_config(settings: Settings) -> Path:
    """Write the configuration file: each setting with its comment and present value.

    Return its path; raise HostError when it can't be written.
    """
    path = config_path()
    text = HEADER + "".join(_entry(setting, settings[setting.name]) for setting in SETTINGS)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HostError.from_os(f"can't write {path}", error) from None
    return path


def _entry(setting: Setting, value: str) -> str:
    shown = {ON: "true", OFF: "false"}[value] if setting.is_boolean else f'"{value}"'
    choices = "" if setting.is_boolean else f" ({', '.join(setting.choices)})"
    return f"\n# {setting.help}{choices}\n{setting.name} = {shown}\n"
