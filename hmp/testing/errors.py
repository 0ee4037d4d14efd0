"""The errors of commands to a machine under test, with the monitor's messages."""

from __future__ import annotations


class CommandError(Exception):
    """A line of the human monitor failed; the text is its whole reply."""


class QmpError(Exception):
    """A QMP command failed; `error_class` is such as GenericError."""

    def __init__(self, error_class: str, description: str) -> None:
        super().__init__(f"{error_class}: {description}")
        self.error_class, self.description = error_class, description
