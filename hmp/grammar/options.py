"""The two option-list languages: the QemuOpts form of `device_add` and the command line, and dotted key=value.

Both give items with spans in the order of the line; what keys mean is declared on the classes of the machine.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import InputError
from hmp.grammar import tokens

MAX_FRAGMENT = 127
MAX_INDEX = (1 << 31) - 1
BAD_ID = (
    "Parameter 'id' expects an identifier",
    "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.",
)
HELP_WORDS = ("help", "?")


def check_identifier(name: str) -> None:
    """Raise InputError unless `name` is a well-formed id (spec/backends.md section 6)."""
    if not tokens.full(tokens.IDENTIFIER, name):
        raise InputError(*BAD_ID)


class Item(NamedTuple):
    """One element of an option list, spans being octet offsets in the list's text.

    `short` holds the word as typed when the element was the short form of a boolean, else it is empty.
    """

    key: str
    value: str
    short: str
    start: int
    end: int


def split_value(text: str, at: int) -> tuple[str, int]:
    """A value from `at` to the next single comma, `,,` meaning one comma; also the offset where it ends."""
    start = at
    while True:
        comma = text.find(",", at)
        if comma < 0:
            return text[start:].replace(",,", ","), len(text)
        if text[comma + 1 : comma + 2] != ",":
            return text[start:comma].replace(",,", ","), comma
        at = comma + 2


def read_options(text: str, implied_key: str) -> list[Item]:
    """Items of the QemuOpts form (spec/devices.md section 1, spec/startup.md section 4)."""
    items: list[Item] = []
    at = 0
    while at < len(text):
        start = at
        comma, equals = text.find(",", at), text.find("=", at)
        if equals >= 0 and (comma < 0 or equals < comma):
            key = text[at:equals]
            value, at = split_value(text, equals + 1)
            items.append(Item(key, value, "", start, at))
        elif start == 0:
            value, at = split_value(text, 0)
            items.append(Item(implied_key, value, "", start, at))
        else:
            at = len(text) if comma < 0 else comma
            items.append(_short_form(text[start:at], start, at))
        at += 1
    return items


def _short_form(word: str, start: int, end: int) -> Item:
    if word.startswith("no"):
        return Item(word[2:], "off", word, start, end)
    return Item(word, "on", word, start, end)


def short_form_warning(item: Item) -> tuple[str, str]:
    """The two lines the reference prints on stderr for a short-form boolean."""
    warning = f"warning: short-form boolean option '{item.short}' deprecated"
    return warning, f"Please use {item.key}={item.value} instead"


class KeyValues(NamedTuple):
    """A parsed dotted key=value text: nested dictionaries and lists with text leaves, and whether help was asked."""

    tree: dict[str, object]
    wants_help: bool


def read_key_values(text: str, implied_key: str) -> KeyValues:
    """The dotted form of `object_add` and `-machine` (spec/backends.md section 3); InputError at the first fault."""
    tree: dict[str, object] = {}
    wants_help = False
    at = 0
    while at < len(text):
        found = tokens.match(r"[^=,]*", text, at)
        end = found.end() if found else at
        key = text[at:end]
        has_value = text[end : end + 1] == "="
        if not has_value and key in HELP_WORDS:
            wants_help, at = True, end + 1
            continue
        if at == 0 and key and not has_value:
            tree[implied_key], at = key, end + 1
            continue
        fragments = _fragments(key, at)
        if not has_value:
            raise InputError(f"Expected '=' after parameter '{key}'", span=(at, end))
        value, at = split_value(text, end + 1)
        _insert(tree, fragments, value)
        at += 1
    return KeyValues({key: _listed(value, key) for key, value in tree.items()}, wants_help)


def _fragments(key: str, start: int) -> list[str]:
    fragments: list[str] = []
    at = 0
    while True:
        pattern = f"{tokens.KEY_FRAGMENT}|{tokens.INDEX_FRAGMENT}" if fragments else tokens.KEY_FRAGMENT
        found = tokens.match(pattern, key, at)
        if found is None or key[found.end() : found.end() + 1] not in ("", "."):
            raise InputError(f"Invalid parameter '{key}'", span=(start, start + len(key)))
        fragment = found[0]
        if len(fragment) > MAX_FRAGMENT:
            what = "Parameter" if fragment == key else "Parameter fragment"
            raise InputError(f"{what} '{fragment}' is too long", span=(start, start + len(key)))
        fragments.append(fragment)
        at = found.end() + 1
        if at > len(key):
            return fragments


def _insert(tree: dict[str, object], fragments: list[str], value: str) -> None:
    node = tree
    for depth, fragment in enumerate(fragments[:-1]):
        child = node.setdefault(fragment, {})
        if not isinstance(child, dict):
            raise _inconsistent(fragments[: depth + 1])
        node = child
    if isinstance(node.get(fragments[-1]), dict):
        raise _inconsistent(fragments)
    node[fragments[-1]] = value


def _inconsistent(path: list[str]) -> InputError:
    return InputError(f"Parameters '{'.'.join(path)}.*' used inconsistently")


def _listed(node: object, path: str) -> object:
    """Turn dictionaries whose keys are all numbers into lists, depth first."""
    if not isinstance(node, dict):
        return node
    numeric = {key for key in node if key.isdigit()}
    if numeric and len(numeric) < len(node):
        raise _inconsistent([path])
    children = {key: _listed(child, f"{path}.{key}") for key, child in node.items()}
    if not numeric:
        return children
    by_index = {min(int(key), MAX_INDEX): child for key, child in children.items()}
    for index in range(len(by_index)):
        if index not in by_index:
            raise InputError(f"Parameter '{path}.{index}' missing")
    return [by_index[index] for index in range(len(by_index))]
