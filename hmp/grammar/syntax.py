"""The whole language in pyparsing, composed from the terminals that the readers use.

The diagrams in `grammar/` are drawn from these objects and the samples there are checked against them; a plain script
never imports this file, and no reader may disagree with it (tests/test_grammar.py).
"""

from __future__ import annotations

import pyparsing as pp

from hmp.grammar import tokens
from hmp.grammar.expressions import EXPRESSION


def _token(name: str, pattern: str) -> pp.ParserElement:
    element = pp.Regex(pattern)
    element.set_name(name)
    return element.leave_whitespace()


def _named(name: str, element: pp.ParserElement) -> pp.ParserElement:
    return element.set_name(name).leave_whitespace()


BLANKS = _token("blanks", r"[ \t\n\v\f\r]+")
COMMAND_NAME = _token("command name", r"[^ \t\n\v\f\r/]+")
QUOTED_WORD = _token("quoted word", r'"(?:[^"\\]|\\[nr\\"\'])*"')
PLAIN_WORD = _token("plain word", r'[^" \t\n\v\f\r]' + tokens.PLAIN_WORD[:-1] + "*")
WORD = _named("word", QUOTED_WORD | PLAIN_WORD)
REST = _token("rest of the line", r"[^ \t\n\v\f\r](?s:.*)")
FORMAT = _token("format", r"/[0-9]*[xduocibhwgL]*")

VALUE = _token("value", r"(?:[^,]|,,)*")
IMPLIED_VALUE = _token("implied value", r"(?:[^,=]|,,)(?:[^,]|,,)*")
OPTION = _named("option", _token("key", r"[^=,]*") + pp.Literal("=") + VALUE)
SHORT_OPTION = _token("short boolean", r"[^=,]+")
FIRST_OPTION = _named("first option", OPTION | IMPLIED_VALUE)
OPTION_LIST = _named(
    "option list", FIRST_OPTION + pp.ZeroOrMore(pp.Literal(",") + (OPTION | SHORT_OPTION)) + pp.Opt(pp.Literal(","))
)

FRAGMENT = _token("fragment", tokens.KEY_FRAGMENT)
INDEX = _token("index", tokens.INDEX_FRAGMENT)
KEY = _named("dotted key", FRAGMENT + pp.ZeroOrMore(pp.Literal(".") + (FRAGMENT | INDEX)))
KEY_VALUE = _named("key=value", KEY + pp.Literal("=") + VALUE)
HELP = _token("help", r"(?:help|\?)(?=,|$)")
TYPE = _token("type", r"[^=,]+(?=,|$)")
KEY_VALUES = _named(
    "key=value text", (HELP | TYPE | KEY_VALUE) + pp.ZeroOrMore(pp.Literal(",") + (HELP | KEY_VALUE)) + pp.Opt(",")
)

WHOLE_SIZE = r"(?:[0-9]+(?:\.0*)?|\.0+)[bB]?(?![0-9.])"
SCALED_SIZE = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[kmgtpeKMGTPE]"
SIZE = _token("size", rf"{tokens.BLANKS}\+?(?:0[xX][0-9a-fA-F]+|{SCALED_SIZE}|{WHOLE_SIZE})")
INTEGER = _token("integer", rf"{tokens.BLANKS}[+-]?(?:{tokens.NUMBER})")
BOOLEAN = _token("boolean", "on|off|yes|no|true|false|y|n")
IDENTIFIER = _token("identifier", tokens.IDENTIFIER)

UUID = _token("UUID", tokens.UUID)
PCI_ADDRESS = _token("PCI address", tokens.PCI_ADDRESS)
FLAG = _token("flag", r"-[A-Za-z]")

SOMETHING = pp.FollowedBy(_token("octet", r"[^ \t\n\v\f\r]"))
ARGUMENT = _named("argument", SOMETHING + (FLAG | WORD | OPTION_LIST | FORMAT | EXPRESSION | REST))
COMMAND_LINE = _named("command line", pp.Opt(BLANKS) + COMMAND_NAME + pp.ZeroOrMore(pp.Opt(BLANKS) + ARGUMENT))

RULES: dict[str, pp.ParserElement] = {
    "command-line": COMMAND_LINE, "word": WORD, "format": FORMAT, "expression": EXPRESSION,
    "option-list": OPTION_LIST, "key-values": KEY_VALUES, "size": SIZE, "integer": INTEGER, "boolean": BOOLEAN,
    "identifier": IDENTIFIER, "uuid": UUID, "pci-address": PCI_ADDRESS, "flag": FLAG,
}


def accepts(rule: str, text: str) -> bool:
    """Whether a rule of the grammar takes a whole text of octets."""
    try:
        (RULES[rule] + pp.StringEnd().leave_whitespace()).parse_string(text)
    except pp.ParseBaseException:
        return False
    return True
