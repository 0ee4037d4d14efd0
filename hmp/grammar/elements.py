"""pyparsing elements: how they are made of terminals, and those of words and the rest of a line
(docs/qemu-behaviour/monitor.md §2).

White space is set on each element, never on pyparsing's defaults: a program that uses `hmp.testing`
may have grammars of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyparsing as pp

from hmp.errors import HmpError
from hmp.grammar import terminals
from hmp.grammar.errors import QuotingError
from hmp.grammar.nodes import Node

Action = Callable[[re.Match[str]], Any]


def terminal(
    name: str, pattern: str, action: Action, *, after_blanks: bool = True
) -> pp.ParserElement:
    """Return the element of a terminal; its result is what `action` returns for the match."""
    # as_match: actions need the groups of the match, and its offsets.
    element = pp.Regex(terminals.compiled(pattern), as_match=True).set_name(name)
    if after_blanks:
        element.set_whitespace_chars(terminals.BLANK_CHARACTERS)
    else:
        element.leave_whitespace()
    # pyparsing takes a list of results; a single tuple it would take apart.
    return element.add_parse_action(lambda found: [action(found[0])])


def error_terminal(
    pattern: str, error: Callable[[re.Match[str]], HmpError], *, after_blanks: bool = True
) -> pp.ParserElement:
    """Return the production of an error: it matches where nothing else does, and its result is the
    error.

    The span of the error is that of the group `bad`, if there is one, else the whole match.
    """

    def action(found: re.Match[str]) -> HmpError:
        result = error(found)
        result.span = found.span("bad") if "bad" in found.re.groupindex else found.span()
        return result

    element = terminal("error", pattern, action, after_blanks=after_blanks)
    element.show_in_diagram = False
    return element


def verbatim(found: re.Match[str]) -> Node:
    """Return the matched text as a node."""
    return Node(found[0], *found.span())


def either(*alternatives: pp.ParserElement) -> pp.ParserElement:
    """Return the choice of the first alternative that matches; each skips blanks itself."""
    return pp.MatchFirst(alternatives).leave_whitespace(recursive=False)


# QEMU drops what is over it silently (docs/qemu-behaviour/monitor.md §2).
WORD_LIMIT = 1023
# The terminals match no other escapes.
_ESCAPED = {"n": "\n", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


def unescape(text: str) -> str:
    """Return the text of a quoted word with its escapes replaced."""
    return re.sub(r"\\(.)", lambda found: _ESCAPED[found[1]], text) if "\\" in text else text


def _word(found: re.Match[str]) -> Node:
    text = found["plain"] if found["quoted"] is None else unescape(found["quoted"])
    return Node(text[:WORD_LIMIT], *found.span())


def badly_quoted(command: str, expected: str = "string") -> pp.ParserElement:
    """Return the element of a badly quoted word; its result is a node, for completion, and the
    error.
    """
    element = error_terminal(
        terminals.BAD_QUOTING, lambda found: QuotingError(command, found["rest"], expected)
    )
    return element.add_parse_action(lambda found: [Node(None, *found[0].span), found[0]])


WORD = terminal("word", terminals.WORD, _word)
UNREADABLE = terminal("error", terminals.BAD_QUOTING, lambda found: Node(None, *found.span()))
UNREADABLE.show_in_diagram = False
REST = terminal("rest of the line", terminals.REST, verbatim)
