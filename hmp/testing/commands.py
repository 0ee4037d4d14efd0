"""Commands to a machine under test: their arguments, results and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CommandError(Exception):
    """A line of the human monitor failed; the text is its whole reply."""


class QmpError(Exception):
    """A QMP command failed; `error_class` is such as GenericError."""

    def __init__(self, error_class: str, description: str) -> None:
        super().__init__(f"{error_class}: {description}")
        self.error_class, self.description = error_class, description


def qmp_arguments(arguments: Mapping[str, Any] | None, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a command: those by name, and keywords, whose `_` become `-`."""
    return {**(arguments or {}), **{name.replace("_", "-"): value for name, value in more.items()}}


def qmp_result(reply: Mapping[str, Any]) -> Any:
    """Return the result in a reply; QmpError when it is an error."""
    if "error" in reply:
        raise QmpError(reply["error"]["class"], reply["error"]["desc"])
    return reply.get("return")
