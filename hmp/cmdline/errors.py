"""Errors of the command line, in QEMU's form with the location of the option
(docs/qemu-behaviour/startup.md §1).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hmp.errors import HmpError


class StartupError(Exception):
    """The program can't start; `lines` are for stderr, without the program's name."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


class EarlyExit(Exception):
    """The command line asks only for a text, as -version does."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.text, self.status = text, status


@contextmanager
def option_context(location: str = "") -> Iterator[None]:
    """Turn an HmpError into a StartupError whose message begins with the option as typed.

    Without a location the message stands alone.
    """
    try:
        yield
    except HmpError as error:
        prefix = f"{location}: " if location else ""
        raise StartupError(prefix + error.message, *error.hints) from None
