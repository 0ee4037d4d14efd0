"""Parse a console line once for lexer, toolbar, completer and execution, and redirect its reply:
`command | shell command`, `command > file` and `command >> file`.

The console has text and cursor positions in characters, the monitor in bytes; `ConsoleLine`
converts between the two.
"""

from __future__ import annotations

import os
import re
from functools import cache, lru_cache
from typing import NamedTuple

from hmp.commands.command import Command
from hmp.commands.registry import COMMANDS
from hmp.console.builtins import BUILTINS, INFO_BUILTINS
from hmp.console.execution.prefix import Prefix, split_prefix
from hmp.console.programs import run_program
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HostError
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine, parse_line
from hmp.grammar.redirection import Redirection, split_redirection
from hmp.monitor import is_comment
from hmp.serve.event_loop import wait_writable
from hmp.session.commands import SESSION_COMMANDS


async def redirect_output(redirection: Redirection, text: str) -> int:
    """Write a reply (bytes, held in a Latin-1 str) to the file or the shell command; sockets are
    served meanwhile.

    Return the exit status of the command, 0 for a file. Raise HostError when the file can't be
    written or the target is missing.
    """
    reply = text.encode("latin-1")
    if not redirection.target:
        raise HostError(
            f"a {'command' if redirection.operator == '|' else 'file name'} is missing "
            f"after {redirection.operator}"
        )
    if redirection.operator == "|":
        return await run_program(redirection.target, reply)
    try:
        await _write_file(redirection, reply)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise HostError(
            f"can't write {to_unicode(to_latin1(redirection.target))}: {reason}"
        ) from None
    return 0


async def _write_file(redirection: Redirection, reply: bytes) -> None:
    """Write a reply to a file; a FIFO without a reader is an error, and others may be slow."""
    path, rest = os.path.expanduser(redirection.target), memoryview(reply)
    mode = os.O_APPEND if redirection.operator == ">>" else os.O_TRUNC
    flags = os.O_WRONLY | os.O_CREAT | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | mode
    descriptor = os.open(path, flags, 0o666)
    try:
        while rest:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                await wait_writable(descriptor)
    finally:
        os.close(descriptor)


@cache
def console_commands(known: CommandSet[Command]) -> CommandSet[CommandInfo]:
    """Return the commands of a monitor with the console's own."""
    return CommandSet(
        {**known.commands, **SESSION_COMMANDS, **BUILTINS}, {**known.info, **INFO_BUILTINS}
    )


# The line that gets a name may have a redirection.
_DEFINITION = re.compile(r"\s*alias\s")
CONSOLE_COMMANDS = console_commands(COMMANDS)
# With the lines of the history that are tried at every key.
CACHED_LINES = 64


class ConsoleLine(NamedTuple):
    """A typed text: what stands before its command, the command parsed (bytes), and the
    redirection, whose command has the prefix, too.
    """

    text: str
    prefix: Prefix
    parsed: ParsedLine[CommandInfo]
    redirection: Redirection

    def byte_offset(self, characters: int) -> int:
        """Return the offset in the parsed line of a number of typed characters."""
        return len(to_latin1(self.text[len(self.prefix.text) : characters]))

    def character_offset(self, size: int) -> int:
        """Return the number of typed characters up to `size` bytes of the parsed line."""
        return len(self.prefix.text) + len(to_unicode(self.parsed.text[:size]))


# Every keystroke has lexer, toolbar and completer ask for the same text.
@lru_cache(CACHED_LINES)
def parse_console_line(text: str, known: CommandSet[CommandInfo] = CONSOLE_COMMANDS) -> ConsoleLine:
    """Return a typed text parsed by the monitor's and the console's own commands; a comment is an
    empty line.
    """
    if is_comment(text):
        redirection = Redirection("", "", "")
    elif _DEFINITION.match(text):
        redirection = Redirection(text, "", "")
    else:
        redirection = split_redirection(text)
    prefix = split_prefix(redirection.command)
    command = to_latin1(redirection.command[len(prefix.text) :])
    return ConsoleLine(text, prefix, parse_line(command, known), redirection)
