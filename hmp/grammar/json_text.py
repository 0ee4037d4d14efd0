"""JSON as the reference reads it: single quotes too, and the leftmost problem with its octet column.

The json module decodes the strings and numbers; it can't be used for the whole, since it knows neither single
quotes nor the reference's positions (spec/backends.md section 4).
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from hmp import recursion
from hmp.errors import InputError
from hmp.recursion import Recursive

MAX_DEPTH = 1024
NUMBER = re.compile(r"-?(?:0(?![0-9])|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![.eE])")
BROKEN_NUMBER = re.compile(r"-?(?:0[0-9]|(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?(?:[eE][+-]?)?.?)", re.DOTALL)
KEYWORD = re.compile(r"[a-z]+")
STRING_BODY = re.compile(r"""(?:[^"'\\\x00-\x1f\xfe\xff]|\\[^\x00-\x1f\xfe\xff])*""")
KEYWORDS = {"true": True, "false": False, "null": None}
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}


class Lexeme(NamedTuple):
    """A token: its kind (punctuation itself, or string, number, keyword, end), its text and its reported column."""

    kind: str
    text: str
    line: int
    column: int


def read_json(text: str) -> object:
    """The value of a JSON text in octets; objects are dicts, integers ints; InputError as the reference words it."""
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.glued = -1
        self.last = Lexeme("end", "", 1, 1)
        self.token = self._next()

    def document(self) -> object:
        value = recursion.run(self._value(1))
        if self.token.kind != "end":
            raise InputError("Expecting at most one JSON value")
        return value

    def _fail(self, what: str, token: Lexeme) -> InputError:
        return InputError(f"{token.line}:{token.column}: JSON parse error, {what}")

    def _unexpected(self, what: str) -> InputError:
        return self._fail("premature end of input" if self.token.kind == "end" else what, self.token)

    def _advance(self) -> Lexeme:
        self.last, self.token = self.token, self._next()
        return self.last

    def _value(self, depth: int) -> Recursive[object]:
        kind = self.token.kind
        if kind in "{[" and depth > MAX_DEPTH:
            raise InputError("JSON nesting depth limit exceeded")
        if kind == "{":
            return (yield self._object(depth))
        if kind == "[":
            return (yield self._array(depth))
        if kind == "string":
            return self._string(self._peeked())
        if kind == "number":
            return _number(self._peeked().text)
        if kind == "keyword":
            word = self._peeked()
            if word.text not in KEYWORDS:
                raise self._fail(f"invalid keyword '{word.text}'", word)
            return KEYWORDS[word.text]
        raise self._unexpected("expecting value")

    def _peeked(self) -> Lexeme:
        """The present token, whose value is used before the next one is read: its faults come first."""
        token = self.token
        if token.kind == "string":
            self._string(token)
        elif token.kind == "keyword" and token.text not in KEYWORDS:
            raise self._fail(f"invalid keyword '{token.text}'", token)
        return self._advance()

    def _object(self, depth: int) -> Recursive[dict[str, object]]:
        members: dict[str, object] = {}
        self._advance()
        if self.token.kind == "}":
            self._advance()
            return members
        while True:
            if self.token.kind != "string":
                raise self._unexpected("expecting key")
            key = self._string(self._peeked())
            if self.token.kind != ":":
                raise self._unexpected("expecting ':'")
            self._advance()
            value = yield self._value(depth + 1)
            if key in members:
                raise self._fail("duplicate key", self.last)
            members[key] = value
            if self.token.kind not in (",", "}"):
                raise self._unexpected("expected ',' or '}'")
            if self._advance().kind == "}":
                return members

    def _array(self, depth: int) -> Recursive[list[object]]:
        elements: list[object] = []
        self._advance()
        if self.token.kind == "]":
            self._advance()
            return elements
        while True:
            elements.append((yield self._value(depth + 1)))
            if self.token.kind not in (",", "]"):
                raise self._unexpected("expected ',' or ']'")
            if self._advance().kind == "]":
                return elements

    def _next(self) -> Lexeme:
        text = self.text
        while self.at < len(text) and text[self.at] in " \t\r\n":
            self.at += 1
        start = self.at
        line = text.count("\n", 0, start) + 1
        column = start - text.rfind("\n", 0, start) + (self.glued == start)
        if start == len(text):
            return Lexeme("end", "", line, column)
        kind, self.at = self._lex(start, line, column)
        if kind in ("number", "keyword"):
            self.glued = self.at
        return Lexeme(kind, text[start : self.at], line, column)

    def _lex(self, start: int, line: int, column: int) -> tuple[str, int]:
        text, first = self.text, self.text[start]
        if first in "{}[],:":
            return first, start + 1
        if first in "\"'":
            return "string", self._string_end(start, line, column)
        for kind, pattern in (("number", NUMBER), ("keyword", KEYWORD)):
            found = pattern.match(text, start)
            if found and found.end() > start:
                return kind, found.end()
        broken = BROKEN_NUMBER.match(text, start) if first in "-0123456789" else None
        raise self._stray(start, broken.end() if broken else start + 1, line, column)

    def _string_end(self, start: int, line: int, column: int) -> int:
        quote, at = self.text[start], start + 1
        while True:
            found = STRING_BODY.match(self.text, at)
            at = found.end() if found else at
            here = self.text[at : at + 1]
            if here == quote:
                return at + 1
            if here not in ('"', "'"):
                broken = at + (2 if here == "\\" else 1)
                raise self._stray(start, min(broken, len(self.text)), line, column)
            at += 1

    def _stray(self, start: int, end: int, line: int, column: int) -> InputError:
        return self._fail(f"stray '{self.text[start:end]}'", Lexeme("stray", "", line, column))

    def _string(self, token: Lexeme) -> str:
        body, out, at = token.text[1:-1], [], 0
        while at < len(body):
            if body[at] != "\\":
                out.append(body[at])
                at += 1
                continue
            escape = body[at + 1 : at + 2]
            if escape == "u":
                character, at = self._unicode(token, at + 1)
                out.append(character)
            elif escape in ESCAPES:
                out.append(ESCAPES[escape])
                at += 2
            else:
                raise self._fail("invalid escape sequence in string", token)
        return "".join(out)

    def _unicode(self, token: Lexeme, at: int) -> tuple[str, int]:
        """The character of `\\uXXXX` (a surrogate pair is one), as octets, and the offset in the token after it."""
        sequence = token.text[at : at + 6]
        code = _hex4(sequence[2:])
        end = at + 6
        if code is not None and 0xD800 <= code < 0xDC00:
            low = _hex4(token.text[at + 8 : at + 12]) if token.text[at + 6 : at + 8] == "\\u" else None
            code = 0x10000 + (code - 0xD800 << 10) + (low - 0xDC00) if low and 0xDC00 <= low < 0xE000 else None
            end = at + 12
        if code is None or 0xDC00 <= code < 0xE000 or 0xFDD0 <= code < 0xFDF0 or code & 0xFFFE == 0xFFFE:
            raise self._fail(f"{sequence} is not a valid Unicode character", token)
        return chr(code).encode().decode("latin-1"), end - 1


def _hex4(digits: str) -> int | None:
    return int(digits, 16) if re.fullmatch("[0-9a-fA-F]{4}", digits) else None


def _number(text: str) -> int | float:
    value = json.loads(text)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        return float(value) if abs(value) < 10**300 else float("inf")
    assert isinstance(value, (int, float))
    return value
