"""A line on the console, parsed once for everybody: colours, diagnostics, signature, completion, and redirection.

The console has text and cursors in characters, and the monitor has bytes; here is where one becomes the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from hmp.commands.registry import COMMANDS
from hmp.console.builtins import OWN_COMMANDS, OWN_INFO
from hmp.console.redirection import Redirection, split_redirection
from hmp.encoding import from_text, to_text
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine, parse_line

CONSOLE_COMMANDS: CommandSet[CommandInfo] = CommandSet({**COMMANDS.commands, **OWN_COMMANDS},
                                                       {**COMMANDS.info, **OWN_INFO})
KEPT_LINES = 16


class ConsoleLine(NamedTuple):
    """A typed text, its command parsed (bytes), and what follows a `|` or `>`."""

    text: str
    parsed: ParsedLine[CommandInfo]
    redirection: Redirection

    def byte_offset(self, characters: int) -> int:
        """The offset in the parsed line of a number of characters."""
        return len(from_text(self.text[:characters]))

    def character_offset(self, octets: int) -> int:
        """The number of characters that so many bytes of the parsed line are."""
        return len(to_text(self.parsed.text[:octets]))


@lru_cache(KEPT_LINES)
def parse_console_line(text: str) -> ConsoleLine:
    """Parse what is typed; the same text is parsed once, however many look at it."""
    redirection = split_redirection(text)
    return ConsoleLine(text, parse_line(from_text(redirection.command), CONSOLE_COMMANDS), redirection)
