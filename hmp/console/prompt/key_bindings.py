"""Bind the console's own keys: F1, F2, F4, Tab, those of the editor, Enter in the menu, a paste."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Protocol

from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import CompleteEvent, get_common_complete_suffix
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import (
    completion_is_selected,
    emacs_insert_mode,
    to_filter,
    vi_insert_mode,
    vi_navigation_mode,
)
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


def complete(buffer: Buffer) -> None:
    """Insert what all completions have in common, and open the menu where there are several; go to
    the next one in an open menu.

    prompt_toolkit's own binding completes in a task, and an Enter that is typed at once after Tab
    enters the line as it was before the task has run.
    """
    if buffer.complete_state and buffer.complete_state.completions:
        buffer.complete_next()
        return
    event = CompleteEvent(completion_requested=True)
    found = list(buffer.completer.get_completions(buffer.document, event))
    common = get_common_complete_suffix(buffer.document, found)
    if len(found) == 1:
        buffer.apply_completion(found[0])
        return
    if common:
        buffer.insert_text(common)
    if found:
        for item in found:
            item.start_position -= len(common)
        buffer.complete_state = CompletionState(buffer.document, found)
        buffer.on_completions_changed.fire()


def key_bindings(settings: Settings, actions: KeyActions, *, has_menu: bool) -> KeyBindings:
    """Return the bindings; without a menu, Tab stays prompt_toolkit's own."""
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

    @bindings.add("tab", filter=(emacs_insert_mode | vi_insert_mode) & to_filter(has_menu))
    def _complete(event: KeyPressEvent) -> None:
        complete(event.current_buffer)

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
