"""The hierarchy of errors, and the errors that more than one package raises.

    HmpError
        InputError          the input is malformed or does not fit: write it differently
            ParameterError  ... because of one named parameter
        StateError          the machine's present state forbids it: change the machine first
        HostError           a call to the host failed: memory or a file

An error carries QEMU's message and the data in it, so that no code parses a message: suggestions
after an error are chosen by its class. Errors of one rule are defined beside the rule.
"""

from __future__ import annotations

import errno
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

Span = tuple[int, int]
INTERNAL_ERROR = "hmp: internal error: {bug}; the machine may not have done what you asked"


class StderrLine(str):
    """A line for stderr that says itself whether the program's name goes in front of it.

    A plain str gets the name where it is the first line of a message, and none where it is a hint.
    `separator` stands between the name's colon and the line.
    """

    __slots__ = ("prefixed", "separator")
    prefixed: bool
    separator: str

    def __new__(cls, text: str, *, prefixed: bool, separator: str = " ") -> Self:
        """Make a line of a text (bytes, held in a Latin-1 str, without the newline)."""
        line = super().__new__(cls, text)
        line.prefixed, line.separator = prefixed, separator
        return line


class HmpError(Exception):
    """An error with QEMU's message (bytes, held in a Latin-1 str).

    `hints` are whole lines that follow the message; without `prefix` the human monitor prints no
    `Error: ` in front of it. `parameter` is the option or argument at fault, empty when there is
    none; `span` is the part of the line at fault, (start, end), when it is known. `qmp_class` is
    the error class of the QMP reply (docs/qemu-behaviour/qmp.md §A4).
    """

    qmp_class = "GenericError"
    parameter = ""

    def __init__(
        self, message: str, *hints: str, prefix: bool = True, span: Span | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints
        self.prefix = prefix
        self.span = span


class InputError(HmpError):
    """The input is malformed or does not fit."""


class StateError(HmpError):
    """The machine's present state forbids the operation."""


class HostError(HmpError):
    """A call to the host failed; `errno` is its error number, 0 when there is none."""

    errno = 0

    @classmethod
    def from_errno(cls, message: str, errno: int) -> Self:
        """Return the error for an errno: the message, a colon, and the text of the errno."""
        error = cls(f"{message}: {os.strerror(errno)}")
        error.errno = errno
        return error

    @classmethod
    def from_os(cls, message: str, error: OSError) -> Self:
        """Return the error for an OSError: the message, a colon, and the host's reason."""
        # An OSError that Python code raises by itself may have no errno.
        return cls.from_errno(message, error.errno) if error.errno else cls(f"{message}: {error}")

    @classmethod
    def from_call(cls, message: str, error: HostCallError) -> Self:
        """Return the error for a system call: the message, a colon, and the host's reason."""
        return cls.from_errno(message, error.errno)

    @classmethod
    @contextmanager
    def wrapping_os_errors(cls, message: str) -> Iterator[None]:
        """Turn an OSError in the block into this error (see `from_os`)."""
        try:
            yield
        except OSError as error:
            raise cls.from_os(message, error) from None

    @classmethod
    @contextmanager
    def wrapping_calls(cls, message: str) -> Iterator[None]:
        """Turn the HostCallError of a system call in the block into this error."""
        try:
            yield
        except HostCallError as error:
            raise cls.from_call(message, error) from None


class HostCallError(HostError):
    """A system call failed: what `system_calls.py` raises, before anything says what it was for."""

    def __init__(self, call: str, errno: int) -> None:
        super().__init__(f"{call}: {os.strerror(errno)}")
        self.call, self.errno = call, errno


class InternalError(HmpError):
    """An unexpected exception, which is a bug of ours; the monitor goes on."""

    def __init__(self, bug: Exception) -> None:
        super().__init__(INTERNAL_ERROR.format(bug=repr(bug)), prefix=False)
        self.bug = bug


def unexpected_error(error: Exception) -> HmpError:
    """Return what is reported of an exception that is no HmpError.

    Where memory or descriptors are short, anything may fail: the import of a module that is first
    needed, or the next list. All else is a bug.
    """
    if isinstance(error, MemoryError):
        return HostError.from_errno("the host refused memory", errno.ENOMEM)
    if isinstance(error, OSError):
        return HostError.from_os("the host refused a call", error)
    if isinstance(error, ImportError):
        # Nothing is imported that is not installed. What could not be read now must not be
        # remembered as absent.
        importlib.invalidate_caches()
        return HostError(f"the host refused to read a part of the program: {error}")
    return InternalError(error)


class FileOpenError(HostError):
    """The file can't be opened."""

    def __init__(self, path: str, errno: int) -> None:
        super().__init__(f"Could not open '{path}': {os.strerror(errno)}")
        self.path, self.errno = path, errno


class DeviceNotFoundError(StateError):
    """No object has the path or id (QMP class DeviceNotFound)."""

    qmp_class = "DeviceNotFound"

    def __init__(self, path: str) -> None:
        super().__init__(f"Device '{path}' not found")
        self.path = path


class DeviceNotActiveError(StateError):
    """No balloon device is there to be asked (QMP class DeviceNotActive)."""

    qmp_class = "DeviceNotActive"

    def __init__(self) -> None:
        super().__init__("No balloon device has been activated")


class ParameterError(InputError):
    """One parameter of a command or of an option list is at fault."""

    def __init__(self, parameter: str, message: str, *hints: str, span: Span | None = None) -> None:
        super().__init__(message, *hints, span=span)
        self.parameter = parameter


class MissingParameterError(ParameterError):
    """A required parameter is not given."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter, f"Parameter '{parameter}' is missing")


class UnexpectedParameterError(ParameterError):
    """The type or command has no such parameter."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter, f"Parameter '{parameter}' is unexpected")


class InvalidParameterError(ParameterError):
    """The option list can't have the parameter: the key is malformed or unknown.

    Key=value text of the command line says so of unknown keys, where JSON, QMP and object_add raise
    UnexpectedParameterError (docs/qemu-behaviour/startup.md §8b).
    """

    def __init__(self, parameter: str, span: Span | None = None) -> None:
        super().__init__(parameter, f"Invalid parameter '{parameter}'", span=span)


class InconsistentParameterError(ParameterError):
    """A dotted key has both a value and members, or both members and elements
    (docs/qemu-behaviour/backends.md §3).
    """

    def __init__(self, parameter: str, span: Span | None = None) -> None:
        super().__init__(parameter, f"Parameters '{parameter}.*' used inconsistently", span=span)


class ParameterValueError(ParameterError):
    """The value is malformed; `expected` is QEMU's name of the correct form."""

    def __init__(self, parameter: str, expected: str, *hints: str) -> None:
        super().__init__(parameter, f"Parameter '{parameter}' expects {expected}", *hints)
        self.expected = expected


class BooleanValueError(ParameterValueError):
    """The value is neither on nor off."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter, "'on' or 'off'")


class SizeValueError(ParameterValueError):
    """The value is no number of bytes."""


class IdentifierError(ParameterValueError):
    """The id is malformed."""

    def __init__(self) -> None:
        super().__init__(
            "id",
            "an identifier",
            "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.",
        )


class ChoiceError(ParameterError):
    """The value is none of the parameter's choices."""

    def __init__(self, parameter: str, value: str) -> None:
        super().__init__(parameter, f"Parameter '{parameter}' does not accept value '{value}'")
        self.value = value


class ParameterTypeError(ParameterError):
    """The value has the wrong type: a JSON value, a list, or the target of a link."""

    def __init__(self, parameter: str, expected: str) -> None:
        super().__init__(
            parameter, f"Invalid parameter type for '{parameter}', expected: {expected}"
        )
        self.expected = expected


class DuplicateIdError(ParameterError):
    """Another option of the group has that id."""

    def __init__(self, identifier: str, group: str) -> None:
        super().__init__("id", f"Duplicate ID '{identifier}' for {group}")
        self.identifier, self.group = identifier, group


class NestedParameterError(ParameterError):
    """Members are given for a parameter that is a single value."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter, f"Parameters '{parameter}.*' are unexpected")
