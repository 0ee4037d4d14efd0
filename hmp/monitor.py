"""The spine: a line goes in, a reply comes out.

No printing, no sockets and no terminal here: the mouths bring their streams and show the replies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hmp.commands.arguments import ArgumentError, read_arguments
from hmp.commands.command import Command
from hmp.commands.table import COMMANDS, INFO
from hmp.errors import HmpError
from hmp.grammar import words
from hmp.grammar.formats import Format
from hmp.machine.machine import Machine

BANNER = "QEMU 11.1.3 monitor - type 'help' for more information"
PROMPT = "(qemu) "
HISTORY_LINES = 64
INTERNAL_ERROR = "hmp: internal error: {bug}; the machine may not have done what you asked\n"


class Reply(NamedTuple):
    """What a line gives: text in octets with plain newlines, and whether the command was refused."""

    text: str
    refused: bool = False


def ignore(*lines: str) -> None:
    """A stream that nobody reads."""


class Monitor:
    """A monitor on a machine; `to_stdout` and `to_stderr` take what goes past the monitor to the process's streams."""

    def __init__(self, machine: Machine, to_stdout: Callable[[str], None] = ignore,
                 to_stderr: Callable[..., None] = ignore) -> None:
        self.machine = machine
        self.to_stdout, self.to_stderr = to_stdout, to_stderr
        self.history: list[str] = []
        self.cpu = 0
        self._format = Format(1, "x", 4)

    def remember(self, line: str) -> None:
        """Keep a typed line in the history; a repeated one moves to the end."""
        if line in self.history:
            self.history.remove(line)
        if line:
            self.history = [*self.history, line][-HISTORY_LINES:]

    def remember_format(self, given: Format) -> Format:
        """Fill in what a /fmt leaves out from the one remembered, and remember it (spec/monitor.md section 5)."""
        filled = Format(given.repeat, given.letter or self._format.letter, given.size or self._format.size)
        size = self._format.size if filled.letter == "i" else filled.size
        self._format = Format(1, filled.letter, size)
        return filled

    @property
    def ended(self) -> bool:
        """Whether the machine is over, and with it every monitor."""
        return self.machine.run_state.ended

    def execute(self, line: str) -> Reply:
        """Run one line of octets; whoever speaks through it outlives a bug of ours.

        The guest has its turn after the reply was shown: mouths call the machine's `let_guest_run`.
        """
        told: list[str] = []
        try:
            with self.machine.told_to(told.append, self.to_stderr):
                reply = self._dispatch(line)
        except BrokenPipeError:
            raise
        except Exception as bug:
            reply = Reply(INTERNAL_ERROR.format(bug=repr(bug)), refused=True)
        return Reply("".join(f"{line}\n" for line in told) + reply.text, reply.refused)

    def _dispatch(self, line: str) -> Reply:
        name = words.read_name(line, words.skip_blanks(line, 0))
        if words.skip_blanks(line, name.end) == len(line) and not name.value:
            return Reply("")
        command, end = COMMANDS.get(name.value), name.end
        if name.value == "info":
            command, end = self._info_command(line, name)
        if command is None:
            return Reply(f"unknown command: '{line[:end]}'\n", refused=True)
        return self._run(command, line, end)

    def _info_command(self, line: str, name: words.Token) -> tuple[Command | None, int]:
        start = words.skip_blanks(line, name.end)
        if start == len(line):
            return COMMANDS["info"], name.end
        subject = words.read_name(line, start)
        return INFO.get(subject.value), subject.end

    def _run(self, command: Command, line: str, end: int) -> Reply:
        try:
            arguments = read_arguments(self, command, line, end)
        except ArgumentError as fault:
            return Reply(f'{fault.shown}Try "help {line[:end]}" for more information\n', refused=True)
        try:
            return Reply(command.handler(self, arguments))
        except HmpError as error:
            hints = "".join(f"{hint}\n" for hint in error.hints)
            prefix = "Error: " if error.prefix else ""
            return Reply(f"{prefix}{error.message}\n{hints}", refused=True)
