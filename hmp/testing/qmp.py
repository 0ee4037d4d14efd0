"""The arguments and the results of QMP commands in tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hmp.testing.errors import QmpError


def qmp_arguments(arguments: Mapping[str, Any] | None, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a command: those by name, and keywords, whose `_` become `-`."""
    return {**(arguments or {}), **{name.replace("_", "-"): value for name, value in more.items()}}


def qmp_result(reply: Mapping[str, Any]) -> Any:
    """Return the result in a reply; QmpError when it is an error."""
    if "error" in reply:
        raise QmpError(reply["error"]["class"], reply["error"]["desc"])
    return reply.get("return")
