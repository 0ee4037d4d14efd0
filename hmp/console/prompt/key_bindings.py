"""Bind the console's own keys: F2, F4, Enter in the menu, and a paste of several lines."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import completion_is_selected
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from hmp.session.lines import without_replies
from hmp.settings.options import Settings


def key_bindings(settings: Settings, enqueue: Callable[[list[str]], None]) -> KeyBindings:
    """Return the bindings; `enqueue` takes lines to be entered after the present one."""
    bindings = KeyBindings()

    @bindings.add("f2")
    def _toggle_as_you_type(event: KeyPressEvent) -> None:
        settings.set_enabled("as-you-type", not settings.is_enabled("as-you-type"))
        if not settings.is_enabled("as-you-type"):
            event.current_buffer.cancel_completion()

    @bindings.add("f4")
    def _toggle_editing_mode(event: KeyPressEvent) -> None:
        to_vi = event.app.editing_mode == EditingMode.EMACS
        event.app.editing_mode = EditingMode.VI if to_vi else EditingMode.EMACS
        settings["editing"] = "vi" if to_vi else "emacs"

    @bindings.add("enter", filter=completion_is_selected)
    def _accept_completion(event: KeyPressEvent) -> None:
        # The next Enter, outside of the menu, enters the line.
        event.current_buffer.complete_state = None

    @bindings.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        """Enter the pasted lines one by one; text after the last line end stays editable."""
        # Terminals paste CR, LF or both as a line end.
        lines = event.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        first, *rest = without_replies(lines)
        event.current_buffer.insert_text(first)
        if rest:
            enqueue(rest)
            event.current_buffer.validate_and_handle()

    return bindings


def refusal_bindings() -> KeyBindings:
    """Return bindings for a question that q answers at once, with the text q."""
    bindings = KeyBindings()

    @bindings.add("q")
    def _refuse(event: KeyPressEvent) -> None:
        event.app.exit(result="q")

    return bindings
