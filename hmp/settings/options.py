"""Declare the settings of the console.

The flags of the command line, the environment variables, `config.toml` and `--help` follow from
these declarations.
"""

from __future__ import annotations

from hmp.errors import ParameterError
from hmp.record import Record

ON, OFF = "on", "off"
BOOLEAN = (ON, OFF)


class Setting(Record):
    """A setting: its name, its possible values, of which the first is the default, and its help."""

    name: str
    choices: tuple[str, ...]
    help: str

    @property
    def default(self) -> str:
        """The default value."""
        return self.choices[0]

    @property
    def is_boolean(self) -> bool:
        """Whether its values are on and off."""
        return set(self.choices) == set(BOOLEAN)

    @property
    def expected(self) -> str:
        """Its values, as messages list them."""
        return " or ".join(self.choices)

    @property
    def variable(self) -> str:
        """The environment variable that sets it, such as HMP_THEME."""
        return "HMP_" + self.name.upper().replace("-", "_")

    def parse(self, text: str) -> str:
        """Return a value as it is; raise ParameterError for an impossible one."""
        if text not in self.choices:
            raise ParameterError(self.name, f"{self.name} is {self.expected}, not '{text}'")
        return text


SETTINGS = (
    Setting("plain", (OFF, ON), "only QEMU's own text, without the console's additions"),
    Setting("ascii", (OFF, ON), "draw with ASCII characters alone"),
    Setting(
        "screen-reader",
        (OFF, ON),
        "sentences in place of drawings, and nothing that is redrawn",
    ),
    Setting(
        "theme",
        ("default", "dark", "light", "mono"),
        "colours; `default` is readable on dark and on light",
    ),
    Setting("editing", ("emacs", "vi"), "keys for editing a line (F4 changes it)"),
    Setting(
        "as-you-type", (OFF, ON), "show completions while typing, not only on Tab (F2 changes it)"
    ),
    Setting(
        "suggestions",
        BOOLEAN,
        "suggest in grey what the history has, or what would have worked after an error",
    ),
    Setting("history", BOOLEAN, "keep the history of lines between sessions"),
    Setting("toolbar", BOOLEAN, "show parameters and the state of the machine below the prompt"),
    Setting("advice", BOOLEAN, "after an error, print in a line what would succeed"),
    Setting("events", BOOLEAN, "print the machine's events above the prompt (`events` changes it)"),
    Setting("pager", BOOLEAN, "show replies that are longer than the screen in $PAGER"),
)
# These have a flag without a value.
SWITCHES = ("plain", "ascii", "screen-reader")
BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The values of all settings by name; a setting that is not given has its default."""

    def __init__(self, given: dict[str, str] | None = None) -> None:
        self._values = {setting.name: setting.default for setting in SETTINGS} | (given or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __setitem__(self, name: str, value: str) -> None:
        self._values[name] = BY_NAME[name].parse(value)

    def is_enabled(self, name: str) -> bool:
        """Return whether a boolean setting is on."""
        return self._values[name] == ON

    def set_enabled(self, name: str, on: bool) -> None:
        """Set a boolean setting."""
        self[name] = ON if on else OFF
