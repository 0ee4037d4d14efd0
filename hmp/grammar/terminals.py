"""The terminals of the monitor's language, each written once as a regular expression over bytes.

A terminal is coarse: a whole word, a whole option. `syntax.py` composes them with pyparsing into
what parses a line; argv and QMP use them as they are, since importing pyparsing takes longer than
QEMU's whole start.
"""

from __future__ import annotations

import re
from functools import cache

from hmp.record import Record

# ASCII only, as in the C locale: 0x85 and 0xa0 are ordinary bytes
# (docs/qemu-behaviour/monitor.md).
BLANK_CHARACTERS = " \t\n\v\f\r"
BLANK = r"[ \t\n\v\f\r]"
BLANKS = rf"{BLANK}*"
NON_BLANK = r"[^ \t\n\v\f\r]"

# A slash ends a name as well: `p/d 3` (docs/qemu-behaviour/monitor.md §1).
COMMAND_NAME = r"[^ \t\n\v\f\r/]*"
COMMAND_HEAD = rf"{BLANKS}(?P<name>{COMMAND_NAME})"
INFO_HEAD = rf"{BLANKS}info{BLANKS}(?P<name>{COMMAND_NAME})"

ESCAPE = r"""\\[nr\\"']"""
# `*+` never gives back what it matched. After a plain `*`, re would keep a way back for every
# byte of the line: a hundred times its size.
QUOTED_TEXT = rf'(?:[^"\\]|{ESCAPE})*+'
WORD = rf'"(?P<quoted>{QUOTED_TEXT})"|(?P<plain>[^" \t\n\v\f\r]{NON_BLANK}*)'
BAD_QUOTING = rf'"(?P<quoted>{QUOTED_TEXT})(?P<rest>.*)'
REST = rf"{NON_BLANK}.*"
LINE_END = r".*"
# Up to a blank: with any other byte after the letters the whole is a BAD_FORMAT.
FORMAT = rf"/(?P<count>[0-9]*)(?P<letters>[xduocibhwgL]*)(?!{NON_BLANK})"
BAD_FORMAT = rf"/[0-9]*[xduocibhwgL]*(?P<bad>{NON_BLANK}){NON_BLANK}*"
JSON_TEXT = r"\{.*"

# The longest prefix that is a number, so of `09` and `0x` the `0`
# (docs/qemu-behaviour/monitor.md §4).
NUMBER = r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*"
# No escapes: the byte may be a quote or a backslash, too.
CHARACTER = r"'(?P<byte>.)'"
BAD_CHARACTER = r"'.?"
REGISTER = r"\$[A-Za-z0-9_.]*"

IDENTIFIER = r"[A-Za-z][A-Za-z0-9\-._]*"
BOOLEAN = r"on|off|yes|no|true|false|y|n"
SIGNED_INTEGER = rf"{BLANKS}(?P<sign>[+-]?)(?P<digits>{NUMBER})"
INTEGER_RANGE = rf"{BLANKS}(?P<first>[+-]?(?:{NUMBER}))(?:-{BLANKS}(?P<last>{NUMBER}))?"
# The lookahead: of the digits on both sides of the point one may be missing, not both.
SIZE = (
    rf"{BLANKS}\+?(?:0[xX](?P<hex>[0-9a-fA-F]+)"
    r"|(?=\.?[0-9])(?P<whole>[0-9]*)(?P<fraction>\.[0-9]*)?(?P<unit>[bkmgtpeBKMGTPE]?))"
)
# A size among other arguments; what follows it is not part of it.
SIZE_ARGUMENT = r"0[xX][0-9a-fA-F]+|(?=\.?[0-9])[0-9]*(?:\.[0-9]*)?[bkmgtpeBKMGTPE]?"
NEGATIVE_SIZE = rf"{BLANKS}-(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
PCI_ADDRESS = rf"{BLANKS}\+?(?:0[xX])?([0-9a-fA-F]+)(?:\.{BLANKS}\+?(?:0[xX])?([0-9a-fA-F]+))?"
UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

# The dotted keys of object_add and -machine. The second form of a first fragment is a vendor's:
# __org.example_name.
FRAGMENT = r"[A-Za-z][A-Za-z0-9\-_]*"
FIRST_FRAGMENT = rf"{FRAGMENT}|__[A-Za-z0-9.\-]+_{FRAGMENT}"
LATER_FRAGMENT = rf"{FIRST_FRAGMENT}|[0-9]+"
DOTTED_KEY = rf"(?:{FIRST_FRAGMENT})(?:\.(?:{LATER_FRAGMENT}))*"
HELP = r"help|\?"


def _value(character: str) -> str:
    """Return the pattern of a value, up to the next single comma; `,,` is one comma of it."""
    return rf"(?:{character})*+(?:,,(?:{character})*+)*+"


class OptionTerminals(Record):
    """The options of a QemuOpts list, as they are written in one surrounding; `end` is where the
    list ends.
    """

    first: str
    later: str
    end: str

    @classmethod
    def of(cls, key: str, value: str, end: str, start: str = "") -> OptionTerminals:
        """Return the terminals whose keys and values may have these characters and commas."""
        option = rf"(?P<key>(?:{key})*)=(?P<value>{_value(value)})"
        return cls(
            rf"{start}(?!{end})(?:{option}|(?P<implied>{_value(value)}))",
            rf",(?!{end})(?:{option}|(?P<short>(?:{key})*))",
            rf",?(?={end})",
        )


OPTIONS = OptionTerminals.of("[^=,]", "[^,]", r"\Z")
OPTIONS_IN_WORD = OptionTerminals.of(
    r"[^=, \t\n\v\f\r]", r"[^, \t\n\v\f\r]", rf"{BLANK}|\Z", start='(?!")'
)
# In quotes a backslash that begins no escape ends the list, too; it is then a QuotingError.
OPTIONS_IN_QUOTES = OptionTerminals.of(
    rf'[^=,"\\]|{ESCAPE}', rf'[^,"\\]|{ESCAPE}', rf'"|\Z|(?!{ESCAPE})\\'
)

KEYVAL_HELP = rf"(?P<help>{HELP})(?=,|\Z)"
# A value without a key has no `,,`: the first comma ends it (docs/qemu-behaviour/backends.md §3).
KEYVAL_TYPE = rf"(?!\{{|(?:{HELP})(?:,|\Z))(?P<type>[^=,]+)(?=,|\Z)"
KEYVAL_OPTION = rf"(?P<key>{DOTTED_KEY})=(?P<value>{_value('[^,]')})"
BAD_KEYVAL_OPTION = rf"(?P<key>[^=,]*)(?:=(?P<value>{_value('[^,]')}))?"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a terminal at its first use: a short script needs few of them."""
    # DOTALL: a line that comes through QMP may contain LF.
    return re.compile(pattern, re.DOTALL | re.ASCII)


def match(pattern: str, text: str, at: int = 0) -> re.Match[str] | None:
    """Match a terminal at an offset."""
    return compiled(pattern).match(text, at)


def fullmatch(pattern: str, text: str) -> re.Match[str] | None:
    """Match a terminal against a whole text."""
    return compiled(pattern).fullmatch(text)
