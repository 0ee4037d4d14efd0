"""List the keys of the prompt, for F1 and `help keys`."""

from __future__ import annotations

from collections.abc import Sequence

from hmp.text import fit_table

KEYS = (
    ("Tab", "complete; again: the next one in the menu, Shift-Tab the one before"),
    ("F1", "these keys"),
    ("F2", "show completions while you type, or not"),
    ("F4", "edit with vi's keys, or with those of emacs"),
    ("Right", "accept the grey suggestion; Alt-F its next word"),
    ("Up, Down", "earlier and later lines that begin with what is typed"),
    ("Ctrl-R", "search the history"),
    ("Ctrl-X Ctrl-E", "edit the line in $VISUAL or $EDITOR; several lines run as if pasted"),
    ("Ctrl-A, Ctrl-E", "to the beginning, to the end of the line"),
    ("Alt-B, Alt-F", "a word back, a word on"),
    ("Ctrl-W, Ctrl-U", "delete the word, the line before the cursor"),
    ("Ctrl-K, Ctrl-Y", "delete what is after the cursor; insert what was deleted"),
    ("Ctrl-_", "undo the last change of the line"),
    ("Ctrl-L", "clear the screen"),
    ("Ctrl-C", "drop the line, pasted lines, or what a command does"),
    ("Ctrl-D", "leave, on an empty line"),
    ("Ctrl-Z", "back to the shell; fg goes on"),
)
VI_KEYS = ("v", "with vi's keys, after Escape: edit the line in $VISUAL or $EDITOR")


def key_lines(width: int) -> Sequence[str]:
    """Return a table of the keys for a terminal of so many columns."""
    return [line for lines in fit_table((*KEYS, VI_KEYS), width) for line in lines]
