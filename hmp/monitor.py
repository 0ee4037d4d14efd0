"""The human monitor without I/O: a line goes in, a reply comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hmp.commands.command import Command
from hmp.commands.context import Context
from hmp.commands.registry import COMMANDS
from hmp.errors import HmpError
from hmp.grammar.command_line import C, ParsedLine, parse_line
from hmp.grammar.errors import ArgumentError, OptionIdError
from hmp.grammar.opts import short_form_warning
from hmp.grammar.parameters import Opts
from hmp.machine.machine import Machine

BANNER = "QEMU 11.1.3 monitor - type 'help' for more information"
PROMPT = "(qemu) "
INTERNAL_ERROR = "hmp: internal error: {bug}; the machine may not have done what you asked"


class InternalError(HmpError):
    """An unexpected exception, which is a bug of ours; the monitor goes on."""

    def __init__(self, bug: Exception) -> None:
        super().__init__(INTERNAL_ERROR.format(bug=repr(bug)), prefix=False)


class Reply(NamedTuple):
    """The reply to a line: its text (bytes, held in a Latin-1 str, with LF as line ends), and the
    error if the command failed.
    """

    text: str
    error: HmpError | None = None

    @property
    def failed(self) -> bool:
        """Whether the command failed."""
        return self.error is not None


def ignore(*lines: str) -> None:
    """Discard lines: the stream of a monitor that has none."""


class Monitor:
    """A human monitor of a machine.

    `to_stdout` and `to_stderr` take what QEMU writes to the streams of its process.
    """

    def __init__(
        self,
        machine: Machine,
        to_stdout: Callable[[str], None] = ignore,
        to_stderr: Callable[..., None] = ignore,
    ) -> None:
        self.context = Context(machine, COMMANDS, to_stdout, to_stderr)

    @property
    def machine(self) -> Machine:
        """The machine that lines act on."""
        return self.context.machine

    @property
    def has_ended(self) -> bool:
        """Whether the machine has ended, and with it every monitor."""
        return self.machine.run_state.ended

    def run_line(self, line: str) -> Reply:
        """Run a line that was typed: remember it, let what fell due happen, execute it.

        Once the front end has written the reply it calls `Machine.run_guest`, so that the guest
        acts on the command after its reply, as in QEMU.
        """
        self.context.remember_line(line)
        # What fell due while nothing was typed happened before this line.
        self.machine.run_guest()
        return self.execute(line)

    def execute(self, line: str) -> Reply:
        """Execute a line (bytes, held in a Latin-1 str) and return its reply.

        An exception that is not an HmpError, a bug of ours, becomes an InternalError.
        """
        output: list[str] = []
        try:
            with self.machine.command_scope(output.append, self.context.to_stderr):
                text, error = self._reply(parse_line(line, COMMANDS))
        except BrokenPipeError:
            # A stream of the process lost its reader. That is no bug, and ends the program.
            raise
        except Exception as bug:
            error = InternalError(bug)
            text = error_text(error)
        # Warnings come before the error (docs/qemu-behaviour/devices.md §6).
        return Reply("".join(f"{line}\n" for line in output) + text, error)

    def _reply(self, line: ParsedLine[Command]) -> tuple[str, HmpError | None]:
        try:
            return self._run(line), None
        except HmpError as error:
            if isinstance(error, ArgumentError):
                self._emit(error)
            return error_text(error, line), error

    def _run(self, line: ParsedLine[Command]) -> str:
        if line.command is None:
            if line.error:
                raise line.error
            return ""
        values = line.values
        if "fmt" in values:
            # QEMU remembers a well-formed /fmt even if the rest of the line is wrong
            # (docs/qemu-behaviour/monitor.md §5).
            values["fmt"] = self.context.fill_format(values["fmt"])
        # QEMU checks the id before it looks at anything else (docs/qemu-behaviour/devices.md §1).
        if not isinstance(line.error, OptionIdError):
            self._warn_of_short_forms(line)
        if line.error:
            raise line.error
        return line.command.handler(self.context, **values)

    def _warn_of_short_forms(self, line: ParsedLine[Command]) -> None:
        if any(isinstance(argument.parameter, Opts) for argument in line.arguments):
            for option in line.options:
                if option.short_form and not option.asks_for_help:
                    self.context.to_stderr(*short_form_warning(option))

    def _emit(self, error: ArgumentError) -> None:
        """Write what QEMU prints of an error to the streams of its process."""
        for text in error.stdout:
            self.context.to_stdout(f"{text}\n")
        if error.stderr:
            self.context.to_stderr(*error.stderr)


def error_text(error: HmpError, line: ParsedLine[C] | None = None) -> str:
    """Return what the human monitor prints for an error of a line."""
    if line and isinstance(error, ArgumentError):
        # QEMU repeats the line from its first byte on, blanks included
        # (docs/qemu-behaviour/monitor.md §1).
        return f'{error.reply}Try "help {line.text[: line.command_end]}" for more information\n'
    prefix = "Error: " if error.prefix else ""
    return "".join(f"{line}\n" for line in (f"{prefix}{error.message}", *error.hints))
