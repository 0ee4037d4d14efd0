"""Errors of the command line, in QEMU's form with the location of the option
(docs/qemu-behaviour/startup.md §1).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hmp.errors import HmpError, StderrLine


class StartupError(Exception):
    """The program can't start; `lines` are for stderr, without the program's name, unless they have
    been written already (`is_reported`).
    """

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines
        self.is_reported = False


class EarlyExit(Exception):
    """The command line asks only for a text, as -version does."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.text, self.status = text, status


class FileLocation(str):
    """A line of a file as a location; the program's name stands in front of it without a blank."""

    __slots__ = ()


def located(location: str, message: str) -> str:
    """Return a message with the option that it is about, if there is one, in front."""
    line = f"{location}: {message}" if location else message
    if isinstance(location, FileLocation):
        return StderrLine(line, prefixed=True, separator="")
    return line


@contextmanager
def option_context(location: str = "") -> Iterator[None]:
    """Turn an HmpError into a StartupError whose message begins with the option as typed.

    Without a location the message stands alone.
    """
    try:
        yield
    except HmpError as error:
        raise StartupError(located(location, error.message), *error.hints) from None
