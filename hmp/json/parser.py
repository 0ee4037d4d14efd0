"""Parses tokens into JSON values, one token at a time and without recursion, with QEMU's error
messages (docs/qemu-behaviour/qmp.md §A3).
"""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import NamedTuple

from hmp.errors import InputError
from hmp.json.lexer import END, ERROR, Lexer, Token
from hmp.units import U64


def parse_json(text: str) -> object:
    """Return the value of a JSON text (bytes, held in a Latin-1 str).

    Integers of at most 64 bits, signed or unsigned, are int, all other numbers float.

    Raises:
        InputError: The text is no JSON, or more than one value, with QEMU's message.
    """
    lexer, parser, complete = Lexer(), Parser(), False
    for token in chain(lexer.feed(text), lexer.end()):
        if complete and token.kind == END:
            break
        if complete:
            raise InputError("Expecting at most one JSON value")
        complete = parser.push(token)
    return parser.value


# QEMU's limit (docs/qemu-behaviour/qmp.md §A3).
MAX_DEPTH = 1024
KEYWORDS = {"true": True, "false": False, "null": None}
ESCAPES = {
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    '"': '"',
    "'": "'",
    "\\": "\\",
    "/": "/",
}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# QEMU takes NUL also in "modified UTF-8", two bytes long.
_TWO_BYTE_NUL = "\xc0\x80"


class JsonParseError(InputError):
    """Text that is no JSON; `line` and `column` count from 1, columns in bytes."""

    def __init__(self, what: str, token: Token) -> None:
        super().__init__(f"{token.line}:{token.column}: JSON parse error, {what}")
        self.line, self.column, self.length = token.line, token.column, len(token.text)


class _Frame(NamedTuple):
    """A container that is still open; for an object, with the key of the present member."""

    value: dict[str, object] | list[object]
    key: str = ""


class Parser:
    """Parses one value, which is in `value` once `push` has returned True."""

    def __init__(self) -> None:
        self.value: object = None
        self._frames: list[_Frame] = []
        self._expect = "value"

    @property
    def depth(self) -> int:
        """How many containers are open."""
        return len(self._frames)

    def push(self, token: Token) -> bool:
        """Take a token, and return whether it completes the value.

        Raises:
            InputError: The token is not allowed here; the parser can't go on after that.
        """
        kind = token.kind
        if kind == ERROR:
            raise JsonParseError(f"stray '{token.text}'", token)
        if kind == END:
            raise JsonParseError("premature end of input", token)
        if self._expect == "value" or (self._expect == "first element" and kind != "]"):
            return self._begin_value(token)
        if self._expect in ("key", "first key") and kind == "string":
            self._frames[-1] = self._frames[-1]._replace(key=_string(token))
            self._expect = ":"
            return False
        if self._expect == ":" and kind == ":":
            self._expect = "value"
            return False
        return self._separate(token)

    def _begin_value(self, token: Token) -> bool:
        kind = token.kind
        if kind in "{[":
            if len(self._frames) == MAX_DEPTH:
                raise InputError("JSON nesting depth limit exceeded")
            self._frames.append(_Frame({} if kind == "{" else []))
            self._expect = "first key" if kind == "{" else "first element"
            return False
        if kind == "string":
            return self._end_value(_string(token), token)
        if kind == "number":
            return self._end_value(_number(token.text), token)
        if kind == "keyword":
            if token.text not in KEYWORDS:
                raise JsonParseError(f"invalid keyword '{token.text}'", token)
            return self._end_value(KEYWORDS[token.text], token)
        raise JsonParseError("expecting value", token)

    def _separate(self, token: Token) -> bool:
        """Take a comma, a colon or the end of a container; anything else is an error here."""
        kind, expect = token.kind, self._expect
        if expect in ("key", "first key"):
            if kind == "}" and expect == "first key":
                return self._end_value(self._frames.pop().value, token)
            raise JsonParseError("expecting key", token)
        if expect == ":":
            raise JsonParseError("expecting ':'", token)
        of_object = isinstance(self._frames[-1].value, dict)
        closing = "}" if of_object else "]"
        if kind == closing:
            return self._end_value(self._frames.pop().value, token)
        if kind != ",":
            raise JsonParseError(f"expected ',' or '{closing}'", token)
        self._expect = "key" if of_object else "value"
        return False

    def _end_value(self, value: object, token: Token) -> bool:
        if not self._frames:
            self.value = value
            return True
        container, key = self._frames[-1]
        if isinstance(container, list):
            container.append(value)
        elif key in container:
            raise JsonParseError("duplicate key", token)
        else:
            container[key] = value
        self._expect = "separator"
        return False


def _string(token: Token) -> str:
    """Return the bytes of a string token; errors have the position of its start."""
    body = token.text[1:-1]
    if not body.isascii():
        _check_utf8(body, token)
    if "\\" not in body:
        return body.replace(_TWO_BYTE_NUL, "\0")
    out, at = [], 0
    while found := _ESCAPED.search(body, at):
        out.append(body[at : found.start()])
        letter, at = found[1], found.end()
        if letter == "u":
            character, at = _unicode(token, found.start() + 1)
            out.append(character)
        elif letter in ESCAPES:
            out.append(ESCAPES[letter])
        else:
            raise JsonParseError("invalid escape sequence in string", token)
    return "".join([*out, body[at:]]).replace(_TWO_BYTE_NUL, "\0")


def _check_utf8(body: str, token: Token) -> None:
    data = body.replace(_TWO_BYTE_NUL, "").encode("latin-1")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise JsonParseError("invalid UTF-8 sequence in string", token) from None
    # U+FDD0 is the lowest noncharacter.
    if any(_is_noncharacter(ord(character)) for character in text if character > "\ufdcf"):
        raise JsonParseError("invalid UTF-8 sequence in string", token)


def _unicode(token: Token, at: int) -> tuple[str, int]:
    """Return the UTF-8 bytes of a `\\uXXXX` (or a surrogate pair), and the offset in the body
    after it.
    """
    text = token.text
    code, end = _hex4(text[at + 2 : at + 6]), at + 6
    if code is not None and 0xD800 <= code < 0xDC00:
        low = _hex4(text[at + 8 : at + 12]) if text[at + 6 : at + 8] == "\\u" else None
        code = None
        if low is not None and 0xDC00 <= low < 0xE000:
            code, end = (
                0x10000 + ((_hex4(text[at + 2 : at + 6]) or 0) - 0xD800 << 10) + (low - 0xDC00),
                at + 12,
            )
    if code is None or 0xDC00 <= code < 0xE000 or _is_noncharacter(code):
        raise JsonParseError(f"{text[at:end]} is not a valid Unicode character", token)
    # `at` is an offset in the token, which begins with a quote, the result one in the body.
    return chr(code).encode().decode("latin-1"), end - 1


def _is_noncharacter(code: int) -> bool:
    return 0xFDD0 <= code < 0xFDF0 or code & 0xFFFE == 0xFFFE


def _hex4(digits: str) -> int | None:
    return int(digits, 16) if re.fullmatch("[0-9a-fA-F]{4}", digits) else None


def _number(text: str) -> int | float:
    # Beyond 64 bits QEMU takes a double; int() rejects more than 4300 digits.
    if len(text) > 300 and text.lstrip("-").isdigit():
        return float(text)
    value = json.loads(text)
    if isinstance(value, int) and not -(1 << 63) <= value < U64:
        return float(value)
    assert isinstance(value, (int, float))
    return value
