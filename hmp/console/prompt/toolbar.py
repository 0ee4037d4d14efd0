"""Draw the two lines below the prompt: the signature of the typed command, and the status."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding.vi_state import InputMode

from hmp.assist.signature import ValidationState, signature
from hmp.assist.status import status_line
from hmp.console.line import parse_console_line
from hmp.console.secret_lines import secret_spans
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.machine.machine import Machine
from hmp.settings.options import Settings

VI_MODE_NAMES = {
    InputMode.INSERT: "insert",
    InputMode.NAVIGATION: "normal",
    InputMode.REPLACE: "replace",
    InputMode.INSERT_MULTIPLE: "insert",
    InputMode.REPLACE_SINGLE: "replace",
}


class Toolbar:
    """Draws the toolbar; `topic` returns more for the status line, such as the lesson.

    With `hides_secrets` it says nothing about a line with a secret: an error may repeat it.
    """

    def __init__(
        self,
        machine: Callable[[], Machine],
        known: Callable[[], CommandSet[CommandInfo]],
        settings: Settings,
        topic: Callable[[], str],
        hides_secrets: bool = False,
    ) -> None:
        self._machine, self._known = machine, known
        self._settings, self._topic = settings, topic
        self._hides_secrets = hides_secrets

    def __call__(self) -> StyleAndTextTuples:
        """Return both lines as fragments, cut to the width of the terminal."""
        width = get_app().output.get_size().columns
        upper = self._signature()
        lower = " · ".join(filter(None, (_vi_mode(), self._topic(), status_line(self._machine()))))
        return [
            *_cut(upper, width),
            ("", "\n"),
            *_cut([("class:bottom-toolbar.status", lower)], width),
        ]

    def _signature(self) -> StyleAndTextTuples:
        document = get_app().current_buffer.document
        if self._hides_secrets and secret_spans(document.text):
            return []
        line = parse_console_line(document.text, self._known())
        verdict, text = signature(
            self._machine(),
            self._known(),
            line.parsed,
            line.byte_offset(document.cursor_position),
        )
        if verdict == ValidationState.EMPTY:
            return self._keys()
        return [
            (
                "class:error"
                if verdict == ValidationState.INVALID
                else "class:bottom-toolbar.hint",
                text,
            )
        ]

    def _keys(self) -> StyleAndTextTuples:
        editing = "vi keys" if get_app().editing_mode == EditingMode.VI else "emacs keys"
        as_you_type = "on" if self._settings.is_enabled("as-you-type") else "off"
        keys = (
            ("Tab", "complete"),
            ("F1", "keys"),
            ("F2", f"as you type: {as_you_type}"),
            ("F4", editing),
            *([("learn", "lessons")] if self._machine().simulates_guest else []),
        )
        return [
            fragment
            for key, text in keys
            for fragment in (("class:bottom-toolbar.key", key), ("class:hint", f" {text}  "))
        ]


def _vi_mode() -> str:
    app = get_app()
    if app.editing_mode != EditingMode.VI:
        return ""
    return f"vi {VI_MODE_NAMES[app.vi_state.input_mode]}"


def _cut(fragments: StyleAndTextTuples, width: int) -> StyleAndTextTuples:
    """Return fragments of at most `width` columns, with an ellipsis where something is missing."""
    if sum(len(text) for _style, text, *_handler in fragments) <= width:
        return fragments
    cut: StyleAndTextTuples = []
    for style, text, *_handler in fragments:
        cut.append((style, text[: max(width - 1, 0)]))
        width -= len(text)
    return [*cut, ("", "…")]
