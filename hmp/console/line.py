"""A line on the console, parsed once for everybody: colours, diagnostics, signature, completion,
and redirection.

The console has text and cursors in characters, and the monitor has bytes; here is where one becomes
the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from hmp.commands.registry import COMMANDS
from hmp.console.builtins import BUILTINS, INFO_BUILTINS
from hmp.console.redirection import Redirection, split_redirection
from hmp.encoding import to_latin1, to_unicode
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine, parse_line

CONSOLE_COMMANDS: CommandSet[CommandInfo] = CommandSet(
    {**COMMANDS.commands, **BUILTINS}, {**COMMANDS.info, **INFO_BUILTINS}
)
KEPT_LINES = 16


class ConsoleLine(NamedTuple):
    """A typed text, its command parsed (bytes), and what follows a `|` or `>`."""

    text: str
    parsed: ParsedLine[CommandInfo]
    redirection: Redirection

    def byte_offset(self, characters: int) -> int:
        """The offset in the parsed line of a number of characters."""
        return len(to_latin1(self.text[:characters]))

    def character_offset(self, octets: int) -> int:
        """The number of characters that so many bytes of the parsed line are."""
        return len(to_unicode(self.parsed.text[:octets]))


@lru_cache(KEPT_LINES)
def parse_console_line(text: str) -> ConsoleLine:
    """Parse what is typed; the same text is parsed once, however many look at it."""
    redirection = split_redirection(text)
    return ConsoleLine(
        text, parse_line(to_latin1(redirection.command), CONSOLE_COMMANDS), redirection
    )
