"""Writes JSON as QEMU does, for qom-get and QMP (docs/qemu-behaviour/monitor.md §9,
docs/qemu-behaviour/qmp.md §A2).

Strings inside the program are bytes, held in a Latin-1 str; here they become escaped Unicode text.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from json.encoder import JSONEncoder, encode_basestring_ascii
from typing import Any, TypeVar

from hmp.encoding import to_unicode

Result = TypeVar("Result")
Recursive = Generator[Any, Any, Result]


def trampoline(first: Recursive[Result]) -> Result:
    """Return the result of a generator that yields generators and is sent their results.

    It replaces recursion: a client may nest 1024 levels deep, which is too much for Python's stack.
    """
    waiting: list[Recursive[Any]] = [first]
    result: Any = None
    while waiting:
        try:
            deeper = waiting[-1].send(result)
        except StopIteration as finished:
            waiting.pop()
            result = finished.value
        else:
            waiting.append(deeper)
            result = None
    final: Result = result
    return final


_encode_fast = JSONEncoder(check_circular=False).encode
# `\\.` takes an escaped backslash, so that a `u` after it begins no escape.
_ESCAPE = re.compile(r"\\u[0-9a-f]{4}|\\.|\x7f")


def quote(data: str) -> str:
    """Return a JSON string; everything beyond printable ASCII is escaped as `\\uXXXX`."""
    quoted = encode_basestring_ascii(to_unicode(data))
    if "\\u" in quoted or "\x7f" in quoted:
        quoted = _ESCAPE.sub(_qemu_escape, quoted)
    return quoted


def _qemu_escape(found: re.Match[str]) -> str:
    return "\\u007F" if found[0] == "\x7f" else found[0][:2] + found[0][2:].upper()


def dump_plain(value: object) -> str:
    """Return the JSON text of a value of our own: without fractions, and not deeply nested.

    The json module writes it, which is fast, unless a string needs QEMU's escapes.
    """
    text = _encode_fast(value)
    return dump(value) if "\\u" in text or "\x7f" in text else text


def dump(value: object, indent: int | None = None) -> str:
    """Return the JSON text of a value, in ASCII.

    With `indent`, a number of blanks for each level, every element has a line of its own, as for
    qom-get and -qmp-pretty.
    """
    return trampoline(_dump(value, indent, 0))


def _dump(value: object, indent: int | None, level: int) -> Recursive[str]:
    if isinstance(value, dict):
        members: list[str] = []
        for key, item in value.items():
            members.append(f"{quote(key)}: {(yield _dump(item, indent, level + 1))}")
        return _block("{", "}", members, indent, level)
    if isinstance(value, (list, tuple)):
        elements: list[str] = []
        for item in value:
            elements.append((yield _dump(item, indent, level + 1)))
        return _block("[", "]", elements, indent, level)
    return _scalar(value)


def _scalar(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return quote(value)
    # As C's %.17g (docs/qemu-behaviour/qmp.md §A2).
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def _block(opening: str, closing: str, items: list[str], indent: int | None, level: int) -> str:
    if indent is None:
        return opening + ", ".join(items) + closing
    inner, outer = "\n" + " " * indent * (level + 1), "\n" + " " * indent * level
    # Also without items there is a line end (docs/qemu-behaviour/qmp.md §A2).
    return opening + ",".join(inner + item for item in items) + outer + closing
