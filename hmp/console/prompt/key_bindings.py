"""The console's own keys: F2, F4, Enter in the menu, and a paste of several lines.

What the usual editing keys do is prompt_toolkit's business.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import completion_is_selected
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from hmp.settings.options import Settings


def key_bindings(settings: Settings, queue: Callable[[list[str]], None]) -> KeyBindings:
    """The bindings; `queue` takes lines that are to be entered after the present one."""
    keys = KeyBindings()

    @keys.add("f2")
    def _toggle_as_you_type(event: KeyPressEvent) -> None:
        settings.turn("as-you-type", not settings.is_on("as-you-type"))
        if not settings.is_on("as-you-type"):
            event.current_buffer.cancel_completion()

    @keys.add("f4")
    def _toggle_editing(event: KeyPressEvent) -> None:
        to_vi = event.app.editing_mode == EditingMode.EMACS
        event.app.editing_mode = EditingMode.VI if to_vi else EditingMode.EMACS
        settings["editing"] = "vi" if to_vi else "emacs"

    @keys.add("enter", filter=completion_is_selected)
    def _take_completion(event: KeyPressEvent) -> None:
        """Enter in the menu takes what is chosen there; the line is entered by the next one."""
        event.current_buffer.complete_state = None

    @keys.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        """Run the lines of a paste one by one; what follows the last line end stays in the line."""
        first, *rest = event.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        event.current_buffer.insert_text(first)
        if rest:
            queue(rest)
            event.current_buffer.validate_and_handle()

    return keys
