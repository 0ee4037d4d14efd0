"""Keys out of octets, as the reference's line editor reads them (spec/qmp.md A9).

What a key does to the line is not known here.
"""

from __future__ import annotations

START, END, LEFT, RIGHT, DELETE, BACKSPACE = "start", "end", "left", "right", "delete", "backspace"
DELETE_WORD, DELETE_LINE, UP, DOWN, COMPLETE, CLEAR, ENTER = (
    "delete word", "delete line", "up", "down", "complete", "clear", "enter")
NOTHING = "nothing"

_CONTROLS = {
    "\x01": START, "\x04": DELETE, "\x05": END, "\x08": BACKSPACE, "\t": COMPLETE, "\n": ENTER, "\x0c": CLEAR,
    "\r": ENTER, "\x0e": DOWN, "\x10": UP, "\x15": DELETE_LINE, "\x17": DELETE_WORD, "\x7f": BACKSPACE,
}
_FINALS = {"A": UP, "B": DOWN, "C": RIGHT, "D": LEFT, "E": DOWN, "F": UP}
_NUMBERED = {1: START, 3: DELETE, 4: END}
_AFTER_O = {"H": START, "F": END}
_MOST_DIGITS = 9


class KeyReader:
    """Reads keys octet by octet; an escape sequence may come in pieces."""

    def __init__(self) -> None:
        self._inside = ""
        self._digits = ""

    def read(self, octet: str) -> str:
        """The key that is complete with this octet, by name; an octet to be inserted stands for itself."""
        inside, self._inside = self._inside, ""
        if inside == "escape":
            self._inside = {"[": "bracket", "O": "O"}.get(octet, "")
            return NOTHING
        if inside == "O":
            return _AFTER_O.get(octet, NOTHING)
        if inside == "bracket":
            return self._in_sequence(octet)
        if octet in "\x1b\x9b":
            self._inside, self._digits = ("escape" if octet == "\x1b" else "bracket"), ""
            return NOTHING
        return _CONTROLS.get(octet, NOTHING if octet < " " else octet)

    def _in_sequence(self, octet: str) -> str:
        if octet.isdigit():
            self._inside, self._digits = "bracket", (self._digits + octet)[-_MOST_DIGITS:]
            return NOTHING
        digits, self._digits = self._digits, ""
        if octet == "~":
            return _NUMBERED.get(int(digits or 0), NOTHING)
        return _FINALS.get(octet, NOTHING)
