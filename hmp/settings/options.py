"""The settings of the console, each declared once: flags, environment, config.toml and the manual
are drawn from here.

What a setting does stands where it is used.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import ParameterError

ON, OFF = "on", "off"
SWITCH = (ON, OFF)


class Setting(NamedTuple):
    """A setting: its name, the words that it takes, the first being the default, and what it
    means.
    """

    name: str
    choices: tuple[str, ...]
    help: str

    @property
    def default(self) -> str:
        """The value where nobody sets one."""
        return self.choices[0]

    @property
    def is_switch(self) -> bool:
        """Whether it is on or off."""
        return set(self.choices) == set(SWITCH)

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "HMP_" + self.name.upper().replace("-", "_")

    def read(self, text: str) -> str:
        """The value of a word; ParameterError for one that it does not take."""
        if text not in self.choices:
            raise ParameterError(
                self.name, f"{self.name} is {' or '.join(self.choices)}, not '{text}'"
            )
        return text


SETTINGS = (
    Setting("plain", (OFF, ON), "only QEMU's own text, without any of our help around it"),
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
        SWITCH,
        "suggest in grey what the history has, or what would have worked after a refusal",
    ),
    Setting("history", SWITCH, "keep the history of lines between sessions"),
    Setting("toolbar", SWITCH, "show parameters and the state of the machine below the prompt"),
    Setting("advice", SWITCH, "after a refusal, say in a line what would succeed"),
    Setting(
        "events", SWITCH, "tell in plain words what happens to the machine (`events` changes it)"
    ),
    Setting("pager", SWITCH, "show replies that are longer than the screen in $PAGER"),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The values of all settings; those that are not given have their defaults."""

    def __init__(self, given: dict[str, str] | None = None) -> None:
        self._values = {setting.name: setting.default for setting in SETTINGS} | (given or {})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __setitem__(self, name: str, value: str) -> None:
        self._values[name] = BY_NAME[name].read(value)

    def is_on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self._values[name] == ON

    def turn(self, name: str, on: bool) -> None:
        """Turn a switch on or off."""
        self[name] = ON if on else OFF
