"""Words and the rest of a line, in pyparsing (docs/qemu-behaviour/monitor.md §2)."""

from __future__ import annotations

import re

import pyparsing as pp

from hmp.grammar import terminals
from hmp.grammar.elements import error_terminal, terminal, verbatim
from hmp.grammar.errors import QuotingError
from hmp.grammar.nodes import Node

WORD_LIMIT = 1023
_ESCAPED = {"n": "\n", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


def unescape(text: str) -> str:
    """Return the text of a quoted word with its escapes replaced."""
    return re.sub(r"\\(.)", lambda found: _ESCAPED[found[1]], text) if "\\" in text else text


def _word(found: re.Match[str]) -> Node:
    text = found["plain"] if found["quoted"] is None else unescape(found["quoted"])
    return Node(text[:WORD_LIMIT], *found.span())


def badly_quoted(command: str) -> pp.ParserElement:
    """Return the element of a badly quoted word; its result is a node, for completion, and the
    error.
    """
    element = error_terminal(
        terminals.BAD_QUOTING, lambda found: QuotingError(command, found["rest"])
    )
    return element.add_parse_action(lambda found: [Node(None, *found[0].span), found[0]])


WORD = terminal("word", terminals.WORD, _word)
UNREADABLE = terminal("error", terminals.BAD_QUOTING, lambda found: Node(None, *found.span()))
UNREADABLE.show_in_diagram = False
REST = terminal("rest of the line", terminals.REST, verbatim)
