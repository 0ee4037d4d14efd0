"""The tree of errors, by who must act, and the errors that more than one package raises.

    HmpError
        InputError          what was typed can't be read or doesn't fit: write it differently
            ParameterError  ... and one named parameter is to blame
        StateError          the machine's present state forbids it: change the machine first
        HostError           the host refused memory or a file

An error carries QEMU's sentence and the data it is made of, so that nobody has to read the sentence
again: the suggestions after an error are keyed by its class. Errors of one rule are defined beside
the rule. How an error is shown is decided by the front ends.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

Span = tuple[int, int]


class StderrLine(str):
    """A line for stderr that says itself whether the program's name goes in front of it.

    A plain str gets the name where it is the first line of a message, and none where it is a hint.
    """

    __slots__ = ("prefixed",)
    prefixed: bool

    def __new__(cls, text: str, *, prefixed: bool) -> Self:
        """Make a line of a text (bytes, held in a Latin-1 str, without the newline)."""
        line = super().__new__(cls, text)
        line.prefixed = prefixed
        return line


class HmpError(Exception):
    """An error with QEMU's sentence (bytes, held in a Latin-1 str).

    `hints` are whole lines that follow the sentence; without `prefix` the human monitor prints no
    `Error: ` in front of it. `parameter` is the option or argument that the sentence is about,
    empty when there is no one, and `span` is the part of the line that is to blame, (start, end),
    when it is known.
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
    """What was typed can't be read or doesn't fit."""


class StateError(HmpError):
    """The machine's present state forbids it."""


class HostError(HmpError):
    """The host refused memory or a file; `errno` is the number of its reason, 0 when there is
    none.
    """

    errno = 0

    @classmethod
    def from_errno(cls, sentence: str, errno: int) -> Self:
        """The error for a call that failed with this number: the sentence, and what the number
        means.
        """
        error = cls(f"{sentence}: {os.strerror(errno)}")
        error.errno = errno
        return error

    @classmethod
    def from_os(cls, sentence: str, error: OSError) -> Self:
        """The error for what the host answered: the sentence, and its words."""
        return cls.from_errno(sentence, error.errno) if error.errno else cls(f"{sentence}: {error}")


class FileOpenError(HostError):
    """A file that can't be opened."""

    def __init__(self, path: str, errno: int) -> None:
        super().__init__(f"Could not open '{path}': {os.strerror(errno)}")
        self.path, self.errno = path, errno


class DeviceNotFoundError(StateError):
    """A path or id leads to nothing (QMP class DeviceNotFound)."""

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
    """One parameter of a command or an option list is to blame."""

    def __init__(self, parameter: str, message: str, *hints: str, span: Span | None = None) -> None:
        super().__init__(message, *hints, span=span)
        self.parameter = parameter


class MissingParameterError(ParameterError):
    """A required parameter is not given."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter, f"Parameter '{parameter}' is missing")


class UnexpectedParameterError(ParameterError):
    """A parameter that the type or command does not have."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter, f"Parameter '{parameter}' is unexpected")


class InvalidParameterError(ParameterError):
    """A parameter that an option list can't have: no key is written like that, or the option has no
    such one.
    """

    def __init__(self, parameter: str, span: Span | None = None) -> None:
        super().__init__(parameter, f"Invalid parameter '{parameter}'", span=span)


class InconsistentParameterError(ParameterError):
    """A dotted key that is given both a value and members, or both members and elements."""

    def __init__(self, parameter: str, span: Span | None = None) -> None:
        super().__init__(parameter, f"Parameters '{parameter}.*' used inconsistently", span=span)


class ParameterValueError(ParameterError):
    """A value that is not written as its parameter demands; `expected` says how, in QEMU's
    words.
    """

    def __init__(self, parameter: str, expected: str, *hints: str) -> None:
        super().__init__(parameter, f"Parameter '{parameter}' expects {expected}", *hints)
        self.expected = expected


class BooleanValueError(ParameterValueError):
    """A value that is neither on nor off."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter, "'on' or 'off'")


class SizeValueError(ParameterValueError):
    """A value that is no number of bytes."""


class IdentifierError(ParameterValueError):
    """An id that is not well-formed."""

    def __init__(self) -> None:
        super().__init__(
            "id",
            "an identifier",
            "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.",
        )


class ChoiceError(ParameterError):
    """A value that is none of those that the parameter can have."""

    def __init__(self, parameter: str, value: str) -> None:
        super().__init__(parameter, f"Parameter '{parameter}' does not accept value '{value}'")
        self.value = value


class ParameterTypeError(ParameterError):
    """A value of the wrong type: a JSON value, a list, or the object that a link leads to."""

    def __init__(self, parameter: str, expected: str) -> None:
        super().__init__(
            parameter, f"Invalid parameter type for '{parameter}', expected: {expected}"
        )
        self.expected = expected


class NestedParameterError(ParameterError):
    """Members given for a parameter that is a single value."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter, f"Parameters '{parameter}.*' are unexpected")
