"""QemuOpts lists, the language of device_add and of most options of the command line
(docs/qemu-behaviour/devices.md §1, docs/qemu-behaviour/startup.md §4).

`parse_opts` parses argv; `option_lists.py` parses lines of the monitor with the same terminals.
"""

from __future__ import annotations

import re
from typing import Self

from hmp.errors import IdentifierError, Span
from hmp.grammar import terminals
from hmp.record import Record

HELP_WORDS = ("help", "?")


class Option(Record):
    """An element of an option list, with the spans of its key and its value in the text.

    `short_form` is the word as typed where there is no `=`: `x` for x=on, `nox` for x=off, an empty
    one between two commas. The first element may be only a value, of the implied key, whose span is
    empty then.
    """

    key: str
    value: str
    key_span: Span = (0, 0)
    value_span: Span | None = None
    short_form: str | None = None

    @property
    def start(self) -> int:
        """The offset of the element."""
        return self.key_span[0]

    @property
    def end(self) -> int:
        """The offset after the element."""
        return (self.value_span or self.key_span)[1]

    @property
    def asks_for_help(self) -> bool:
        """Whether the element is the word `help`, or `?`."""
        return self.short_form in HELP_WORDS


class OptionText(str):
    """An option list whose elements are known already; its text only shows them.

    In a file a key may hold any character (docs/qemu-behaviour/startup.md §11).
    """

    __slots__ = ("elements",)
    elements: list[Option]

    def __new__(cls, elements: list[Option]) -> Self:
        """Make the text of elements."""
        text = super().__new__(
            cls, ",".join(f"{item.key}={item.value.replace(',', ',,')}" for item in elements)
        )
        text.elements = elements
        return text


def option_of(found: re.Match[str], implied_key: str) -> Option:
    """Return the option of a match of one of the terminals of `terminals.OptionTerminals`."""
    groups = found.groupdict()
    if groups.get("implied") is not None:
        start = found.start()
        return Option(
            implied_key, unescape_commas(found["implied"]), (start, start), found.span("implied")
        )
    if groups["key"] is not None:
        return Option(
            found["key"], unescape_commas(found["value"]), found.span("key"), found.span("value")
        )
    word = found["short"]
    # Whatever the word is: `north` sets rth=off (docs/qemu-behaviour/devices.md §1).
    key, value = (word[2:], "off") if word.startswith("no") else (word, "on")
    return Option(key, value, found.span("short"), short_form=word)


def unescape_commas(value: str) -> str:
    """Return a value with `,` for each `,,`."""
    return value.replace(",,", ",") if ",," in value else value


def parse_opts(text: str, implied_key: str) -> list[Option]:
    """Return the options of a text in their order; no text is malformed.

    Without an implied key a first bare word is a boolean in short form, as any later one.
    """
    if isinstance(text, OptionText):
        return list(text.elements)
    options: list[Option] = []
    if text and not implied_key:
        text = f",{text}"
    first = terminals.OPTIONS.first if implied_key else terminals.OPTIONS.later
    found = terminals.match(first, text)
    while found:
        options.append(option_of(found, implied_key))
        found = terminals.match(terminals.OPTIONS.later, text, found.end())
    return options


def find_id(options: list[Option]) -> Option | None:
    """Return the id of an option list, None where it has none.

    The first one counts, of every other key the last (docs/qemu-behaviour/startup.md §4).
    """
    return next((option for option in options if option.key == "id"), None)


def find_driver(options: list[Option]) -> str | None:
    """Return the driver of an option list; the last one counts."""
    return next((option.value for option in reversed(options) if option.key == "driver"), None)


def check_identifier(name: str) -> None:
    """Raise IdentifierError unless `name` is a well-formed id (docs/qemu-behaviour/backends.md
    §6).
    """
    if not terminals.fullmatch(terminals.IDENTIFIER, name):
        raise IdentifierError


def checked_id(options: list[Option]) -> str | None:
    """Return the id of an option list, None where it has none; raise IdentifierError when it is not
    well-formed, which QEMU checks before anything else of an option of the command line.
    """
    option = find_id(options)
    if option is None:
        return None
    check_identifier(option.value)
    return option.value


def short_form_warning(option: Option) -> tuple[str, str]:
    """Return the two lines that QEMU prints on stderr for a short-form boolean."""
    warning = f"warning: short-form boolean option '{option.short_form}' deprecated"
    return warning, f"Please use {option.key}={option.value} instead"
