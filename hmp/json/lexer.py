"""Splits JSON text into tokens, piece by piece, with the positions that QEMU reports
(docs/qemu-behaviour/qmp.md §A3).

Text is bytes, held in a Latin-1 str.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

PUNCTUATION, BLANKS = "{}[]:,", " \t\r\n"
ERROR, END = "error", "end"
_BLANKS = re.compile(f"[{BLANKS}]*")
# What QEMU skips after an error token (docs/qemu-behaviour/qmp.md §A3).
_SKIPPED = re.compile(r"[^{}\[\]:,\x00-\x08\x0a-\x1f\xfe\xff]*")
_DIGITS = re.compile("[0-9]*")
# Most tokens are plain, and whole in the piece that is at hand: they need no state.
_PLAIN = re.compile(r""" *([{}\[\]:,]|"[^"\\\x00-\x1f\xfe\xff]*"|'[^'\\\x00-\x1f\xfe\xff]*')""")


class Token(NamedTuple):
    """A token; `kind` is the punctuation itself, string, number, keyword, ERROR or END.

    `line` and `column` count from 1, columns in bytes.
    """

    kind: str
    text: str
    line: int
    column: int


class _State(NamedTuple):
    """A state of the lexer inside a token of a kind.

    `run` matches the bytes that keep the state, `next` maps others to the state that they lead to,
    and `ends` are bytes that complete the token and belong to it. Any other byte ends the token
    before it, if it is `complete`, or makes it an error.
    """

    kind: str
    run: re.Pattern[str] | None = None
    next: dict[str, str] = {}
    ends: str = ""
    complete: bool = False


def _digits_to(state: str, first: str = "0123456789") -> dict[str, str]:
    return dict.fromkeys(first, state)


def _string(quote: str) -> _State:
    body = re.compile(rf"[^{quote}\\\x00-\x1f\xfe\xff]*")
    return _State("string", body, {"\\": f"{quote} escape"}, ends=quote)


def _escape(quote: str) -> _State:
    """Return the state after a backslash: any byte may follow that may be in a string."""
    allowed = (chr(code) for code in range(0x20, 0xFE))
    return _State("string", next=dict.fromkeys(allowed, quote))


_EXPONENT = dict.fromkeys("eE", "exponent")
_STATES = {
    "-": _State("number", next={"0": "zero", **_digits_to("integer", "123456789")}),
    # No exponent may follow a single 0 (docs/qemu-behaviour/qmp.md §A3).
    "zero": _State("number", next={".": "point", **_digits_to("leading zero")}, complete=True),
    "leading zero": _State("number"),
    "integer": _State("number", _DIGITS, {".": "point", **_EXPONENT}, complete=True),
    "point": _State("number", next=_digits_to("fraction")),
    "fraction": _State("number", _DIGITS, _EXPONENT, complete=True),
    "exponent": _State("number", next={"+": "sign", "-": "sign", **_digits_to("power")}),
    "sign": _State("number", next=_digits_to("power")),
    "power": _State("number", _DIGITS, complete=True),
    "keyword": _State("keyword", re.compile("[a-z]*"), complete=True),
    **{quote: _string(quote) for quote in "\"'"},
    **{f"{quote} escape": _escape(quote) for quote in "\"'"},
}
_FIRST = {
    "-": "-",
    "0": "zero",
    **_digits_to("integer", "123456789"),
    '"': '"',
    "'": "'",
    **dict.fromkeys("abcdefghijklmnopqrstuvwxyz", "keyword"),
}
# Of `01` QEMU reports both digits: the second one breaks the number and belongs to its text.
_BREAKING_AT_ONCE = "leading zero"


class Lexer:
    """Splits pieces of text into tokens; `pending` counts the bytes of an unfinished one."""

    def __init__(self) -> None:
        self.pending = 0
        self._state = ""
        self._recovering = False
        self._parts: list[str] = []
        self._line = 1
        self._line_start = self._offset = 0
        self._column = 1
        self._boundary_offset = -1

    @property
    def is_between_tokens(self) -> bool:
        """Whether the next byte begins a token."""
        return not (self._state or self._recovering)

    def skip_blanks(self, data: str, at: int) -> int:
        """Return the offset after the blanks at offset `at` of the next piece."""
        return self._skip_blanks(data, at, self._offset)

    def advance_lines(self, data: str, start: int, end: int) -> int:
        """Count the lines of text that was parsed elsewhere, and return its `end`."""
        if "\n" in data[start:end]:
            self._line += data.count("\n", start, end)
            self._line_start = self._offset + data.rfind("\n", start, end) + 1
        return end

    def feed(self, data: str, at: int = 0) -> Iterator[Token]:
        """Yield the tokens that the next piece completes, from offset `at` on.

        An ERROR is text that begins no token, or breaks one.
        """
        end = len(data)
        base, self._offset = self._offset, self._offset + end
        while at < end:
            token: Token | None
            if self._state:
                token, at = self._continue(data, at, base)
            elif not self._recovering and (plain := _PLAIN.match(data, at)):
                text, start, at = plain[1], base + plain.start(1), plain.end()
                column = start - self._line_start + 1 + (start == self._boundary_offset)
                yield Token(text if text in PUNCTUATION else "string", text, self._line, column)
                continue
            else:
                token, at = self._begin(data, at, base)
            if token:
                yield token

    def drop_pending(self) -> None:
        """Forget the text of an unfinished token, which still has to end."""
        self._parts.clear()
        self.pending = 0

    def end(self) -> Iterator[Token]:
        """Yield the token that the end of the text completes or breaks, and one for the end."""
        if self._state:
            # A NUL continues no token, and _error_token removes it again.
            token, _at = self._continue("\0", 0, self._offset)
            if token:
                yield token
        self._mark_start(self._offset)
        yield self._token(END, "")

    def _begin(self, data: str, at: int, base: int) -> tuple[Token | None, int]:
        if self._recovering:
            found = _SKIPPED.match(data, at)
            at = found.end() if found else at
            if at == len(data):
                return None, at
            # The byte that ends the skipping is counted twice, too: of `~}` the columns are 1 and 3
            # (docs/qemu-behaviour/qmp.md §A3).
            self._recovering, self._boundary_offset = False, base + at
        first = data[at]
        if first in BLANKS:
            at = self._skip_blanks(data, at, base)
            if at == len(data):
                return None, at
            first = data[at]
        self._mark_start(base + at)
        if first in PUNCTUATION:
            return self._token(first, first), at + 1
        self._state = _FIRST.get(first, "")
        if not self._state:
            return self._error_token(first, base + at), at + 1
        self._parts, self.pending = [first], 1
        return None, at + 1

    def _skip_blanks(self, data: str, at: int, base: int) -> int:
        found = _BLANKS.match(data, at)
        end = found.end() if found else at
        lines = data.count("\n", at, end)
        if lines:
            self._line += lines
            self._line_start = base + data.rfind("\n", at, end) + 1
        return end

    def _continue(self, data: str, at: int, base: int) -> tuple[Token | None, int]:
        """Advance inside a token: over the run of its state, then by the byte after it."""
        state = _STATES[self._state]
        if state.run:
            found = state.run.match(data, at)
            run_end = found.end() if found else at
            self._append(data[at:run_end])
            if run_end == len(data):
                return None, run_end
            at = run_end
        byte = data[at]
        if byte in state.next:
            self._append(byte)
            self._state = state.next[byte]
            return (self._broken(base + at) if self._state == _BREAKING_AT_ONCE else None), at + 1
        if byte in state.ends:
            self._append(byte)
            return self._finish(state.kind), at + 1
        if state.complete:
            self._boundary_offset = base + at
            return self._finish(state.kind), at
        self._append(byte)
        return self._broken(base + at), at + 1

    def _append(self, data: str) -> None:
        self._parts.append(data)
        self.pending += len(data)

    def _finish(self, kind: str) -> Token:
        text = "".join(self._parts)
        self._state, self._parts, self.pending = "", [], 0
        return self._token(kind, text)

    def _broken(self, where: int) -> Token:
        text = "".join(self._parts)
        self._state, self._parts, self.pending = "", [], 0
        return self._error_token(text, where)

    def _token(self, kind: str, text: str) -> Token:
        return Token(kind, text, self._line, self._column)

    def _mark_start(self, start: int) -> None:
        """Remember the column of a token.

        Where the byte that begins it also ended the token before, QEMU counts it twice.
        """
        self._column = start - self._line_start + 1 + (start == self._boundary_offset)

    def _error_token(self, text: str, last: int) -> Token:
        # The text in QEMU's message ends before a NUL (docs/qemu-behaviour/qmp.md §A3).
        token = self._token(ERROR, text.partition("\0")[0])
        self._recovering = True
        # The line end that broke a string ends the line, too.
        if text.endswith("\n"):
            self._line, self._line_start = self._line + 1, last + 1
        return token
