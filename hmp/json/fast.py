"""Objects that are whole, plain and mean the same to every JSON reader, read by the json module in
one go.

Everything else, faults and the reference's extensions included, is left to the token by token
reader.
"""

from __future__ import annotations

import json

from hmp.json.parser import MAX_DEPTH

MAX_NUMBER_DIGITS = 18


class _NotPlain(ValueError):
    """Something that the two readers could take differently."""


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
    """The object that begins exactly at `at` and the offset behind it; None unless it is there
    whole and plain.
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
