"""How prompt_toolkit draws characters that a terminal would obey."""

from __future__ import annotations

from prompt_toolkit.layout.screen import Char

from hmp.text import ASCII_DRAWING, HIDDEN_CHARACTERS, visible


def draw_visibly(is_ascii: bool = False) -> None:
    """Have all that prompt_toolkit draws, as the line, its menu and the toolbar, look like the
    rest of the console; with `is_ascii` without the characters that are drawn elsewhere.
    """
    # Its own notation is another, and it writes changes of direction as they are.
    Char.display_mappings.update({character: visible(character) for character in HIDDEN_CHARACTERS})
    for character, drawn in ASCII_DRAWING.items():
        if is_ascii:
            Char.display_mappings[character] = drawn
        else:
            Char.display_mappings.pop(character, None)
