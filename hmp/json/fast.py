"""A fast path for most QMP requests: objects that the json module parses exactly as QEMU does.

Everything else, errors and QEMU's extensions included, is left to the lexer and the parser.
"""

from __future__ import annotations

import json

from hmp.json.parser import MAX_DEPTH

MAX_NUMBER_DIGITS = 18


class _NotPlain(ValueError):
    """Something that the json module and QEMU could parse differently."""


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _NotPlain
    return members


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_DIGITS:
        raise _NotPlain
    return int(text)


def _reject(text: str) -> object:
    raise _NotPlain


_read = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_reject, parse_constant=_reject
).raw_decode


def read_plain_object(data: str, at: int) -> tuple[dict[str, object], int] | None:
    """Return the object that begins at offset `at`, and the offset after it.

    None where none begins, or it is incomplete or not plain.
    """
    if data[at : at + 1] != "{":
        return None
    try:
        value, end = _read(data, at)
    except (ValueError, RecursionError):
        return None
    text = data[at:end]
    is_plain = (
        text.isascii() and "\\" not in text and text.count("{") + text.count("[") <= MAX_DEPTH
    )
    return (value, end) if is_plain else None
