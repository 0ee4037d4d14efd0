"""What a machine under test answers when it refuses something.

The sentences are the monitor's.
"""

from __future__ import annotations


class CommandError(Exception):
    """The human monitor refused a line; the text is its whole reply."""


class QmpError(Exception):
    """QMP refused a command: `error_class` such as GenericError, and `description`."""

    def __init__(self, error_class: str, description: str) -> None:
        super().__init__(f"{error_class}: {description}")
        self.error_class, self.description = error_class, description
