"""The two lines below the prompt: what the typed command takes, and the state of the machine.

What they say comes from `hmp.assist`; the keys that they name are bound in `keys.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding.vi_state import InputMode

from hmp.assist.signature import Verdict, signature
from hmp.assist.status import status_line
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.machine.machine import Machine
from hmp.settings.options import Settings

VI_WORDS = {
    InputMode.INSERT: "insert",
    InputMode.NAVIGATION: "normal",
    InputMode.REPLACE: "replace",
    InputMode.INSERT_MULTIPLE: "insert",
    InputMode.REPLACE_SINGLE: "replace",
}


class Toolbar:
    """Draws the toolbar; `topic` may name what else is going on, such as a lesson."""

    def __init__(
        self, machine: Callable[[], Machine], settings: Settings, topic: Callable[[], str]
    ) -> None:
        self._machine, self._settings, self._topic = machine, settings, topic

    def __call__(self) -> StyleAndTextTuples:
        """The fragments, cut to the width of the terminal."""
        width = get_app().output.get_size().columns
        upper = self._signature()
        state = " · ".join(filter(None, (_vi_mode(), self._topic(), status_line(self._machine()))))
        return [*_cut(upper, width), ("", "\n"), ("class:bottom-toolbar.state", state[:width])]

    def _signature(self) -> StyleAndTextTuples:
        document = get_app().current_buffer.document
        line = parse_console_line(document.text)
        verdict, text = signature(
            self._machine(),
            CONSOLE_COMMANDS,
            line.parsed,
            line.byte_offset(document.cursor_position),
        )
        if verdict == Verdict.EMPTY:
            return self._keys()
        return [("class:wrong" if verdict == Verdict.WRONG else "class:bottom-toolbar.hint", text)]

    def _keys(self) -> StyleAndTextTuples:
        editing = "vi keys" if get_app().editing_mode == EditingMode.VI else "emacs keys"
        typing = "on" if self._settings.is_on("as-you-type") else "off"
        shown = (
            ("Tab", "complete"),
            ("F2", f"as you type: {typing}"),
            ("F4", editing),
            ("Ctrl-R", "search"),
            ("learn", "lessons"),
        )
        return [
            fragment
            for key, text in shown
            for fragment in (("class:bottom-toolbar.key", key), ("class:hint", f" {text}  "))
        ]


def _vi_mode() -> str:
    """The mode of vi's keys; empty with emacs's."""
    app = get_app()
    return f"vi {VI_WORDS[app.vi_state.input_mode]}" if app.editing_mode == EditingMode.VI else ""


def _cut(fragments: StyleAndTextTuples, width: int) -> StyleAndTextTuples:
    found: StyleAndTextTuples = []
    for style, text, *_handler in fragments:
        found.append((style, text[: max(width, 0)]))
        width -= len(text)
    return found
