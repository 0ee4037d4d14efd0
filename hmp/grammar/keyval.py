"""Dotted key=value text, the language of object_add and -machine (docs/qemu-behaviour/backends.md
§3), parsed into a tree.

`parse_keyval` parses argv; `option_lists.py` parses lines of the monitor with the same terminals.
"""

from __future__ import annotations

import re

from hmp.errors import InconsistentParameterError, InvalidParameterError, ParameterError
from hmp.grammar import terminals
from hmp.grammar.errors import LongFragmentError, MissingElementError, OptionSyntaxError
from hmp.grammar.opts import Option, unescape_commas
from hmp.record import Record

# QEMU's limits (docs/qemu-behaviour/backends.md §3).
MAX_FRAGMENT = 127
MAX_INDEX = (1 << 31) - 1
# Tried in this order; the last one matches everything.
LATER = (terminals.KEYVAL_OPTION, terminals.KEYVAL_HELP, terminals.BAD_KEYVAL_OPTION)
FIRST = (terminals.KEYVAL_TYPE, *LATER)


class Keyval(Record):
    """A parsed text: nested dictionaries and lists of texts, and whether it asks for help."""

    tree: dict[str, object]
    wants_help: bool


def option_of(found: re.Match[str], implied_key: str) -> Option:
    """Return the option of a match of one of the keyval terminals, malformed ones included."""
    groups = found.groupdict()
    if groups.get("help") is not None:
        return Option(found["help"], "", found.span("help"), short_form=found["help"])
    if groups.get("type") is not None:
        start = found.start()
        return Option(implied_key, found["type"], (start, start), found.span("type"))
    if groups["value"] is None:
        return Option(found["key"], "", found.span("key"), short_form=found["key"])
    return Option(
        found["key"], unescape_commas(found["value"]), found.span("key"), found.span("value")
    )


def parse_keyval(text: str, implied_key: str) -> Keyval:
    """Parse a whole text; InputError for its first error."""
    options: list[Option] = []
    patterns: tuple[str, ...] = FIRST if implied_key else LATER
    at = 0
    while at < len(text):
        found = next(filter(None, (terminals.match(pattern, text, at) for pattern in patterns)))
        options.append(option_of(found, implied_key))
        # One byte is a comma; after a trailing one nothing is left, so it is allowed.
        patterns, at = LATER, found.end() + 1
    return build(options)


def build(options: list[Option]) -> Keyval:
    """Build the tree of options in their order.

    Raises:
        InputError: The first option that is malformed or contradicts others, with its span.
    """
    tree: dict[str, object] = {}
    for option in options:
        if not option.asks_for_help:
            _insert(tree, _fragments(option), option)
    # Which dictionaries are lists, and complete, is known only now that all keys are there.
    try:
        values = {key: _lists_from_indices(value, key) for key, value in tree.items()}
    except ParameterError as error:
        below = f"{error.parameter}."
        error.span = next(option.key_span for option in options if option.key.startswith(below))
        raise
    return Keyval(values, any(option.asks_for_help for option in options))


def _fragments(option: Option) -> list[str]:
    key, span = option.key, option.key_span
    fragments: list[str] = []
    at = 0
    while at <= len(key):
        found = terminals.match(
            terminals.LATER_FRAGMENT if at else terminals.FIRST_FRAGMENT, key, at
        )
        # QEMU checks the name, then the length, fragment by fragment, and the `=` at the end
        # (docs/qemu-behaviour/backends.md §3).
        if found is None or key[found.end() : found.end() + 1] not in ("", "."):
            raise InvalidParameterError(key, span)
        if len(found[0]) > MAX_FRAGMENT:
            raise LongFragmentError(key, found[0], span)
        fragments.append(found[0])
        at = found.end() + 1
    if option.value_span is None:
        raise OptionSyntaxError(key, span)
    return fragments


def _insert(tree: dict[str, object], fragments: list[str], option: Option) -> None:
    node = tree
    for depth, fragment in enumerate(fragments[:-1]):
        child = node.setdefault(fragment, {})
        if not isinstance(child, dict):
            raise InconsistentParameterError(".".join(fragments[: depth + 1]), option.key_span)
        node = child
    if isinstance(node.get(fragments[-1]), dict):
        raise InconsistentParameterError(".".join(fragments), option.key_span)
    node[fragments[-1]] = option.value


def _lists_from_indices(node: object, path: str) -> object:
    """Return a tree with lists in place of dictionaries whose keys are all numbers."""
    if not isinstance(node, dict):
        return node
    numeric = {key for key in node if key.isdigit()}
    if numeric and len(numeric) < len(node):
        raise InconsistentParameterError(path)
    children = {key: _lists_from_indices(child, f"{path}.{key}") for key, child in node.items()}
    if not numeric:
        return children
    by_index = {min(int(key), MAX_INDEX): child for key, child in children.items()}
    for index in range(len(by_index)):
        if index not in by_index:
            raise MissingElementError(path, index)
    return [by_index[index] for index in range(len(by_index))]
