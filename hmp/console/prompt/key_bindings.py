"""Bind the console's own keys: F1, F2, F4, those of the editor, Enter in the menu, and a paste."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Protocol

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import completion_is_selected, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from hmp.session.lines import without_replies
from hmp.settings.options import Settings


class KeyActions(Protocol):
    """What keys do beyond changing the line and the settings."""

    def enqueue(self, lines: list[str]) -> None:
        """Enter lines after the present one."""

    def show_keys(self) -> None:
        """Print a list of the keys."""

    def edit(self, buffer: Buffer) -> Coroutine[None, None, None]:
        """Have the user edit the line in an editor."""


def enter_lines(buffer: Buffer, lines: list[str], enqueue: Callable[[list[str]], None]) -> None:
    """Insert the first line; where there are more, enter it, and then the others."""
    first, *rest = without_replies(lines)
    buffer.insert_text(first)
    if rest:
        enqueue(rest)
        buffer.validate_and_handle()


def key_bindings(settings: Settings, actions: KeyActions) -> KeyBindings:
    """Return the bindings."""
    bindings = KeyBindings()

    @bindings.add("f1")
    def _show_keys(event: KeyPressEvent) -> None:
        actions.show_keys()

    @bindings.add("c-x", "c-e")
    @bindings.add("v", filter=vi_navigation_mode)
    def _edit(event: KeyPressEvent) -> None:
        event.app.create_background_task(actions.edit(event.current_buffer))

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
        # The next Enter, outside of the menu, enters the line, unless there was nothing to choose.
        state = event.current_buffer.complete_state
        event.current_buffer.complete_state = None
        if state and len(state.completions) == 1:
            event.current_buffer.validate_and_handle()

    @bindings.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        """Enter the pasted lines one by one; text after the last line end stays editable."""
        # Terminals paste CR, LF or both as a line end.
        lines = event.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        enter_lines(event.current_buffer, lines, actions.enqueue)

    return bindings


def refusal_bindings() -> KeyBindings:
    """Return bindings for a question that q answers at once, with the text q."""
    bindings = KeyBindings()

    @bindings.add("q")
    def _refuse(event: KeyPressEvent) -> None:
        event.app.exit(result="q")

    return bindings
