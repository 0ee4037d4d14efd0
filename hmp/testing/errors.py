"""The errors that machines under test raise."""

from __future__ import annotations


class CommandError(Exception):
    """A line of the human monitor failed; the text is its whole reply."""


class QmpError(Exception):
    """A QMP command failed; `error_class` is such as GenericError."""

    def __init__(self, error_class: str, description: str) -> None:
        super().__init__(f"{error_class}: {description}")
        self.error_class, self.description = error_class, description


class MachineEndedError(Exception):
    """The machine has ended, by `quit` or at the end of its `with` block, and answers no more."""


class OptionError(ValueError):
    """An option that makes no sense for this kind of machine."""
