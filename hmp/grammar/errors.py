"""The errors of a line of the human monitor, with the span that they are about.

Most messages begin with the command's names and are followed by a line that points to `help`; some
go to the streams of the process (docs/qemu-behaviour/monitor.md §2).
"""

from __future__ import annotations

from hmp.errors import DuplicateIdError, IdentifierError, InputError, ParameterError, Span


class UnknownCommandError(InputError):
    """There is no command, or no subcommand of info, of that name; `typed` is the line up to its
    end.
    """

    def __init__(self, typed: str, span: Span | None = None) -> None:
        super().__init__(f"unknown command: '{typed}'", prefix=False, span=span)
        self.typed = typed


class ArgumentError(InputError):
    """The arguments of a command can't be parsed; QEMU prints the message and a line about help.

    `reply` is what the monitor prints before that line, line end included; `stdout` and `stderr`
    are lines for the streams of the process.
    """

    stdout: tuple[str, ...] = ()
    stderr: tuple[str, ...] = ()

    @property
    def reply(self) -> str:
        """The lines that the monitor prints before the line about help."""
        return f"{self.message}\n"


class StringExpectedError(ArgumentError):
    """A word is missing: a string or a filename, in QEMU's words."""

    def __init__(self, command: str, expected: str = "string") -> None:
        super().__init__(f"{command}: {expected} expected")


class SizeExpectedError(ArgumentError):
    """A size is missing, malformed or too large."""

    def __init__(self, span: Span | None = None) -> None:
        super().__init__("invalid size", span=span)


class QuotingError(ArgumentError):
    """A quoted word has a bad escape or no end.

    QEMU prints the reason on its stdout only, and for an option list nothing else.
    """

    def __init__(
        self, command: str, rest: str, expected: str = "string", *, in_options: bool = False
    ) -> None:
        reason = (
            f"unsupported escape code: '{rest[:2]}'" if len(rest) > 1 else "unterminated string"
        )
        super().__init__(reason)
        self.stdout = (reason,)
        self._reply = "" if in_options else f"{command}: {expected} expected\n"

    @property
    def reply(self) -> str:
        return self._reply


class OptionIdError(IdentifierError, ArgumentError):
    """The id of an option list is not well-formed; QEMU prints it on its stderr only."""

    def __init__(self) -> None:
        super().__init__()
        self.stderr = (self.message, *self.hints)

    @property
    def reply(self) -> str:
        return ""


class DuplicateOptionIdError(DuplicateIdError, ArgumentError):
    """Another option list of the group has that id; QEMU prints it on its stderr only."""

    def __init__(self, identifier: str, group: str) -> None:
        super().__init__(identifier, group)
        self.stderr = (self.message,)

    @property
    def reply(self) -> str:
        return ""


class UnsupportedFlagError(ArgumentError):
    """A flag that the command does not have, or not at this place."""

    def __init__(self, command: str, flag: str) -> None:
        super().__init__(f"{command}: unsupported option -{flag}")
        self.flag = flag

    @property
    def reply(self) -> str:
        """QEMU ends the line after the letter; without one there is no line end either."""
        return f"{self.message}\n" if self.flag else self.message


class ExtraneousTextError(ArgumentError):
    """Something follows the last argument."""

    def __init__(self, command: str) -> None:
        super().__init__(f"{command}: extraneous characters at the end of line")


class FormatError(ArgumentError):
    """A character of a /fmt that means nothing there."""

    def __init__(self, character: str) -> None:
        super().__init__(f"invalid char in format: '{character}'")


class ExpressionError(ArgumentError):
    """An expression that can't be parsed."""


class ExpressionRangeError(ArgumentError):
    """An expression whose value the argument can't have."""


class OptionSyntaxError(ParameterError):
    """An element of a key=value list that has no value."""

    def __init__(self, key: str, span: Span) -> None:
        super().__init__(key, f"Expected '=' after parameter '{key}'", span=span)


class LongFragmentError(ParameterError):
    """A fragment of a dotted key that is longer than QEMU keeps."""

    def __init__(self, key: str, fragment: str, span: Span) -> None:
        what = "Parameter" if fragment == key else "Parameter fragment"
        super().__init__(key, f"{what} '{fragment}' is too long", span=span)


class MissingElementError(ParameterError):
    """A list that is given by its elements, one of which is missing."""

    def __init__(self, path: str, index: int) -> None:
        super().__init__(path, f"Parameter '{path}.{index}' missing")
        self.index = index
