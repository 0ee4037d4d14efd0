"""The terminals of the language, each written once as a regular expression over octets.

`syntax.py` composes them with pyparsing (expressions, diagrams) and the readers beside use them as they are:
importing pyparsing takes twice the reference's whole start, so nothing that a plain script needs may import it.
"""

from __future__ import annotations

import re

BLANKS = r"[ \t\n\v\f\r]*"
COMMAND_NAME = r"[^ \t\n\v\f\r/]*"
PLAIN_WORD = r"[^ \t\n\v\f\r]+"
QUOTED_BODY = r'(?:[^"\\]|\\.)*+'
FORMAT_COUNT = r"[0-9]*"
NUMBER = r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*"
REGISTER = r"\$[A-Za-z0-9_.]*"
IDENTIFIER = r"[A-Za-z][A-Za-z0-9\-._]*"
KEY_FRAGMENT = r"[A-Za-z][A-Za-z0-9\-_]*|__[A-Za-z0-9.\-]+_[A-Za-z][A-Za-z0-9\-_]*"
INDEX_FRAGMENT = r"[0-9]+"
SIGNED_INTEGER = rf"(?P<sign>[+-]?)(?P<digits>{NUMBER})"
HEX_SIZE = r"\+?0[xX](?P<hex>[0-9a-fA-F]+)"
DECIMAL_SIZE = r"\+?(?P<whole>[0-9]*)(?P<fraction>\.[0-9]*)?(?P<unit>[bkmgtpeBKMGTPE]?)"
NEGATIVE_SIZE = r"-(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
PCI_ADDRESS = rf"{BLANKS}\+?(?:0[xX])?([0-9a-fA-F]+)(?:\.{BLANKS}\+?(?:0[xX])?([0-9a-fA-F]+))?"
UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

_compiled: dict[str, re.Pattern[str]] = {}


def match(pattern: str, text: str, at: int = 0) -> re.Match[str] | None:
    """Match one terminal at an offset; patterns are compiled at their first use, since a script needs few of them."""
    return _compile(pattern).match(text, at)


def full(pattern: str, text: str) -> re.Match[str] | None:
    """Match one terminal against a whole text."""
    return _compile(pattern).fullmatch(text)


def _compile(pattern: str) -> re.Pattern[str]:
    found = _compiled.get(pattern)
    if found is None:
        found = _compiled[pattern] = re.compile(pattern, re.DOTALL | re.ASCII)
    return found
