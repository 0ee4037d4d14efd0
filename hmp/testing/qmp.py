"""How a QMP command is written in a test, and what its reply means there.

Who carries the command is the business of each kind of machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hmp.testing.errors import QmpError


def qmp_arguments(arguments: Mapping[str, Any] | None, more: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call: those by their own names, and keywords, in whose names `_` stands
    for `-`.
    """
    return {**(arguments or {}), **{name.replace("_", "-"): value for name, value in more.items()}}


def qmp_result(reply: Mapping[str, Any]) -> Any:
    """What a reply returns; QmpError when it is a refusal."""
    if "error" in reply:
        raise QmpError(reply["error"]["class"], reply["error"]["desc"])
    return reply.get("return")
