"""How prompt_toolkit draws characters that a terminal would obey."""

from __future__ import annotations

from prompt_toolkit.layout.screen import Char

from hmp.text import HIDDEN_CHARACTERS, visible


def draw_visibly() -> None:
    """Have all that prompt_toolkit draws, as the line, its menu and the toolbar, look like the
    rest of the console.
    """
    # Its own notation is another, and it writes changes of direction as they are.
    Char.display_mappings.update({character: visible(character) for character in HIDDEN_CHARACTERS})
