"""Options whose values may be nested, given as JSON or as keys and values."""

from __future__ import annotations

from hmp.errors import InputError
from hmp.grammar.keyval import parse_keyval
from hmp.machine.qom.visitors import KeyvalVisitor, QObjectVisitor


class NoHelpError(InputError):
    """An option that can't list its members is asked for them."""

    def __init__(self) -> None:
        super().__init__("Help is not available for this option")


def read_structured(kind: str, text: str, implied_key: str) -> dict[str, object]:
    """Return the checked members of an option of a type that QEMU's schema describes.

    Raises:
        InputError: The text is malformed, or a member is missing, wrong or left over.
    """
    from hmp.machine.qapi.types import read_structure

    if text.startswith("{"):
        from hmp.json.parser import parse_json

        members = parse_json(text)
        assert isinstance(members, dict)
        return read_structure(kind, QObjectVisitor(), members)
    found = parse_keyval(text, implied_key)
    if found.wants_help:
        raise NoHelpError
    return read_structure(kind, KeyvalVisitor(), found.tree)
