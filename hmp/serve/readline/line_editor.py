"""The line editor of an HMP socket, which echoes byte for byte what QEMU's readline does
(docs/qemu-behaviour/qmp.md §A9).
"""

from __future__ import annotations

from collections.abc import Callable
from os.path import commonprefix

START, END, LEFT, RIGHT, DELETE, BACKSPACE = "start", "end", "left", "right", "delete", "backspace"
DELETE_WORD, DELETE_LINE, UP, DOWN, COMPLETE, CLEAR, ENTER = (
    "delete word",
    "delete line",
    "up",
    "down",
    "complete",
    "clear",
    "enter",
)
NO_KEY = "nothing"

_CONTROLS = {
    "\x01": START,
    "\x04": DELETE,
    "\x05": END,
    "\x08": BACKSPACE,
    "\t": COMPLETE,
    "\n": ENTER,
    "\x0c": CLEAR,
    "\r": ENTER,
    "\x0e": DOWN,
    "\x10": UP,
    "\x15": DELETE_LINE,
    "\x17": DELETE_WORD,
    "\x7f": BACKSPACE,
}
# E and F are QEMU's own: they move in the history as B and A do (docs/qemu-behaviour/qmp.md §A9).
_FINALS = {"A": UP, "B": DOWN, "C": RIGHT, "D": LEFT, "E": DOWN, "F": UP}
_NUMBERED = {1: START, 3: DELETE, 4: END}
_AFTER_O = {"H": START, "F": END}
# No number that means something has more, and a client may send digits for ever.
_MAX_DIGITS = 9


class KeyDecoder:
    """Decodes keys byte by byte; an escape sequence may come in pieces."""

    def __init__(self) -> None:
        self._state = ""
        self._digits = ""

    def read(self, byte: str) -> str:
        """Return the name of the key that a byte completes, or the byte itself if it is to be
        inserted; NO_KEY inside a sequence and for keys without a meaning.
        """
        state, self._state = self._state, ""
        if state == "escape":
            self._state = {"[": "bracket", "O": "O"}.get(byte, "")
            return NO_KEY
        if state == "O":
            return _AFTER_O.get(byte, NO_KEY)
        if state == "bracket":
            return self._in_sequence(byte)
        # 9B is ESC [ in one byte, also where it is part of UTF-8 text.
        if byte in "\x1b\x9b":
            self._state, self._digits = ("escape" if byte == "\x1b" else "bracket"), ""
            return NO_KEY
        return _CONTROLS.get(byte, NO_KEY if byte < " " else byte)

    def _in_sequence(self, byte: str) -> str:
        if byte.isdigit():
            self._state, self._digits = "bracket", (self._digits + byte)[-_MAX_DIGITS:]
            return NO_KEY
        digits, self._digits = self._digits, ""
        if byte == "~":
            return _NUMBERED.get(int(digits or 0), NO_KEY)
        return _FINALS.get(byte, NO_KEY)


# QEMU's sizes (docs/qemu-behaviour/qmp.md §A9).
MAX_LINE_BYTES = 4095
SCREEN_COLUMNS, MIN_COLUMN_WIDTH, COLUMN_GAP = 80, 10, 2
MOVE_LEFT, MOVE_RIGHT, ERASE_REST, CLEAR_SCREEN = "\x1b[D", "\x1b[C", "\x1b[K", "\x1b[2J\x1b[1;1H"
LINE_END = "\r\n"


class LineHistory:
    """The position of an editor in the history of its monitor."""

    def __init__(self, lines: Callable[[], list[str]]) -> None:
        self._lines = lines
        self._position: int | None = None

    def up(self) -> str | None:
        """Go to the line before and return it; None where there is none."""
        lines = self._lines()
        position = len(lines) if self._position is None else self._position
        if position == 0:
            return None
        self._position = min(position, len(lines)) - 1
        return lines[self._position]

    def down(self) -> str | None:
        """Go to the next line and return it, "" after the newest; None if already there."""
        lines = self._lines()
        if self._position is None:
            return None
        self._position += 1
        if self._position < len(lines):
            return lines[self._position]
        self._position = None
        return ""

    def reset(self) -> None:
        """Go to the place after the newest line."""
        self._position = None


class LineEditor:
    """The line that is being edited.

    `complete` returns where the last word of a text begins, and the candidates for it, sorted.
    """

    def __init__(
        self, prompt: str, history: LineHistory, complete: Callable[[str], tuple[int, list[str]]]
    ) -> None:
        self._prompt, self._history, self._complete = prompt, history, complete
        self._keys = KeyDecoder()
        self._line, self._cursor = "", 0
        self._actions: dict[str, Callable[[], str]] = {
            START: lambda: self._edit(self._line, 0),
            END: lambda: self._edit(self._line, len(self._line)),
            LEFT: lambda: self._edit(self._line, max(self._cursor - 1, 0)),
            RIGHT: lambda: self._edit(self._line, min(self._cursor + 1, len(self._line))),
            DELETE: lambda: self._cut(self._cursor, self._cursor + 1),
            BACKSPACE: lambda: self._cut(max(self._cursor - 1, 0), self._cursor),
            DELETE_WORD: lambda: self._cut(self._word_start(), self._cursor),
            DELETE_LINE: lambda: self._cut(0, self._cursor),
            UP: lambda: self._replace(self._history.up()),
            DOWN: lambda: self._replace(self._history.down()),
            COMPLETE: self._complete_word,
            CLEAR: lambda: CLEAR_SCREEN + self._prompt + self._whole_line(),
            NO_KEY: lambda: "",
        }

    def press(self, byte: str) -> tuple[str, str | None]:
        """Take a byte, and return what is echoed and the line, if the byte ends one."""
        key = self._keys.read(byte)
        if key == ENTER:
            line, self._line, self._cursor = self._line, "", 0
            # An empty line leaves the position in the history (docs/qemu-behaviour/qmp.md §A9).
            if line:
                self._history.reset()
            return LINE_END, line
        action = self._actions.get(key)
        return (action() if action else self._insert(key)), None

    def _edit(self, line: str, cursor: int) -> str:
        """Change the line and the cursor, and return what redraws them.

        Where the line stays the same, only the cursor moves (docs/qemu-behaviour/qmp.md §A9).
        """
        before, was = self._line, self._cursor
        self._line, self._cursor = line, cursor
        if line == before:
            return MOVE_LEFT * (was - cursor) + MOVE_RIGHT * (cursor - was)
        return MOVE_LEFT * was + line + ERASE_REST + MOVE_LEFT * (len(line) - cursor)

    def _whole_line(self) -> str:
        """Return what draws the line after a new prompt."""
        return (
            self._line + ERASE_REST + MOVE_LEFT * (len(self._line) - self._cursor)
            if self._line
            else ""
        )

    def _insert(self, data: str) -> str:
        line, at = self._line, self._cursor
        if len(line) + len(data) > MAX_LINE_BYTES:
            return ""
        return self._edit(line[:at] + data + line[at:], at + len(data))

    def _cut(self, start: int, end: int) -> str:
        return self._edit(self._line[:start] + self._line[end:], start)

    def _replace(self, line: str | None) -> str:
        return "" if line is None else self._edit(line, len(line))

    def _word_start(self) -> int:
        before = self._line[: self._cursor].rstrip(" ")
        return before.rfind(" ") + 1

    def _complete_word(self) -> str:
        before = self._line[: self._cursor]
        start, candidates = self._complete(before)
        typed = len(before) - start
        if len(candidates) == 1:
            return self._insert(candidates[0][typed:] + " ")
        if not candidates:
            return ""
        self._insert(commonprefix(candidates)[typed:])
        return LINE_END + _columns(candidates) + self._prompt + self._whole_line()


def _columns(words: list[str]) -> str:
    width = max(MIN_COLUMN_WIDTH, max(len(word) for word in words) + COLUMN_GAP)
    per_row = max(SCREEN_COLUMNS // width, 1)
    rows = (words[at : at + per_row] for at in range(0, len(words), per_row))
    return "".join("".join(word.ljust(width) for word in row) + LINE_END for row in rows)
