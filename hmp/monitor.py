"""The human monitor without I/O: a line goes in, a reply comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from types import GeneratorType

from hmp.commands.command import Command
from hmp.commands.context import Context
from hmp.commands.registry import COMMANDS
from hmp.errors import HmpError, unexpected_error
from hmp.grammar.command_line import C, ParsedLine, parse_line
from hmp.grammar.errors import ArgumentError, OptionIdError
from hmp.grammar.opts import short_form_warning
from hmp.grammar.parameters import Opts
from hmp.machine.machine import Machine
from hmp.record import Record

BANNER = "QEMU 11.1.3 monitor - type 'help' for more information"
PROMPT = "(qemu) "
BLANKS = " \t\n\v\f\r"


def is_comment(line: str) -> bool:
    """Return whether a line is a comment, in scripts and on the console; for QEMU it is not."""
    return line.lstrip(BLANKS).startswith("#")


def is_skipped(line: str) -> bool:
    """Return whether a line of a script has no command: it is blank, or a comment."""
    return not line.strip(BLANKS) or is_comment(line)


class Reply(Record):
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

    # What the QMP command of a name returns, where the machine is another program's.
    ask_qmp: Callable[[str, dict[str, object]], object] | None = None

    @property
    def machine(self) -> Machine:
        """The machine that lines act on."""
        return self.context.machine

    @property
    def banner(self) -> str:
        """The first line that the monitor prints."""
        return BANNER

    @property
    def prompt(self) -> str:
        """What asks a person for a line."""
        return PROMPT

    @property
    def introduction(self) -> str:
        """What a person is told first of another program's machine (Unicode), empty for ours."""
        return ""

    @property
    def owner(self) -> str:
        """Which program's machine it is, or why that is not known (Unicode); empty for ours."""
        return ""

    @property
    def has_ended(self) -> bool:
        """Whether the machine has ended, and with it every monitor."""
        return self.machine.run_state.ended

    def danger(self, line: str) -> str:
        """Return why a person should confirm a line before it runs, empty for most."""
        return ""

    def run_line(self, line: str) -> Execution:
        """Run a line that was typed: remember it, let what fell due happen, begin to execute it.

        Once the front end has written the whole reply it calls `Machine.run_guest`, so that the
        guest acts on the command after its reply, as in QEMU.
        """
        self.context.remember_line(line)
        # What fell due while nothing was typed happened before this line.
        self.machine.run_guest()
        return Execution(self, line)

    def execute(self, line: str) -> Reply:
        """Execute a line (bytes, held in a Latin-1 str) and return its reply.

        An exception that is no HmpError becomes one (see `unexpected_error`).
        """
        execution = Execution(self, line)
        return Reply("".join(execution), execution.error)

    def start(self, line: ParsedLine[Command]) -> str | Iterator[str]:
        """Call the handler of a line and return its reply, or the parts of it that are to come.

        Raises:
            HmpError: The line has an error, or the command failed.
        """
        if line.command is None:
            if line.error:
                raise line.error
            return ""
        self._check_initialized(line)
        values = line.values
        if "fmt" in values:
            # QEMU remembers a well-formed /fmt even if the rest of the line is wrong.
            values["fmt"] = self.context.fill_format(values["fmt"])
        if not isinstance(line.error, OptionIdError):
            self._warn_of_short_forms(line)
        if line.error:
            raise line.error
        return line.command.handler(self.context, **values)

    def _check_initialized(self, line: ParsedLine[Command]) -> None:
        if self.machine.preconfig and line.command not in self.context.available:
            from hmp.commands.early import NotInitializedError

            raise NotInitializedError(line.text[: line.command_end])

    def emit(self, error: HmpError) -> None:
        """Write what QEMU prints of an error to the streams of its process."""
        if isinstance(error, ArgumentError):
            for text in error.stdout:
                self.context.to_stdout(f"{text}\n")
            if error.stderr:
                self.context.to_stderr(*error.stderr)

    def _warn_of_short_forms(self, line: ParsedLine[Command]) -> None:
        if any(isinstance(argument.parameter, Opts) for argument in line.arguments):
            for option in line.options:
                if option.short_form is not None and not option.asks_for_help:
                    self.context.to_stderr(*short_form_warning(option))


class Execution:
    """The execution of a line: iterating over it runs the command and yields the text of its reply,
    most often in one part. `error` is its error, if there is one, at the end, and `error_text` is
    how the last part ends then. `parsed` is the line once it has begun.

    Between two parts other monitors may act on the machine, so the next one looks at it anew.
    """

    def __init__(self, monitor: Monitor, line: str) -> None:
        self._monitor, self._line = monitor, line
        self.parsed: ParsedLine[Command] | None = None
        self._parts: Iterator[str] = iter(())
        self.error: HmpError | None = None
        self.error_text = ""

    @property
    def left_message(self) -> str:
        """What becomes of a command that a user leaves now; empty where it ends with that."""
        return ""

    @property
    def clears(self) -> bool:
        """Whether the command is `clear`, whose reply is for a terminal to obey."""
        command = self.parsed.command if self.parsed else None
        return command is COMMANDS.commands["clear"] and not self.error

    def __iter__(self) -> Iterator[str]:
        part = self._run(self._start)
        while part is not None:
            yield part
            part = self._run(lambda: next(self._parts, None))

    async def stream(self) -> AsyncIterator[str]:
        """Yield the same parts in an event loop."""
        for part in self:
            yield part

    @property
    def has_finished(self) -> bool:
        """Whether the command has come to its end; else some of it is left."""
        return not (isinstance(self._parts, GeneratorType) and self._parts.gi_frame)

    def close(self) -> None:
        """Leave the command where it is: it undoes what it can't leave half done."""
        if isinstance(self._parts, GeneratorType):
            self._parts.close()

    def _start(self) -> str:
        self.parsed = parse_line(
            self._line, self._monitor.context.known, self._monitor.context.registers
        )
        result = self._monitor.start(self.parsed)
        if isinstance(result, str):
            return result
        self._parts = result
        return ""

    def _run(self, step: Callable[[], str | None]) -> str | None:
        """Run one step as a command of the machine; return its text after what it emitted."""
        output: list[str] = []
        try:
            with self._monitor.machine.command_scope(
                output.append, self._monitor.context.to_stderr
            ):
                text = step()
        except Exception as error:
            self._parts = iter(())
            self.error = error if isinstance(error, HmpError) else unexpected_error(error)
            self._monitor.emit(self.error)
            text = self.error_text = error_text(self.error, self.parsed)
        if text is None:
            return None
        return "".join(f"{line}\n" for line in output) + text


def error_text(error: HmpError, line: ParsedLine[C] | None = None) -> str:
    """Return what the human monitor prints for an error of a line."""
    if line and isinstance(error, ArgumentError):
        # QEMU repeats the line from its first byte on, blanks included
        # (docs/qemu-behaviour/monitor.md §1).
        return f'{error.reply}Try "help {line.text[: line.command_end]}" for more information\n'
    prefix = "Error: " if error.prefix else ""
    return "".join(f"{line}\n" for line in (f"{prefix}{error.message}", *error.hints))
