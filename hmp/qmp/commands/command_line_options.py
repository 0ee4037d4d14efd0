"""query-command-line-options: the options with their keys, as QEMU lists them (recorded by
`scripts/record command-line-options`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hmp.errors import ParameterError
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import STRING, Enumeration, List, Structure
from hmp.recorded import read_recorded

_KEY = Structure(
    {
        "name": STRING,
        "type": Enumeration.of("string boolean number size"),
        "help?": STRING,
        "default?": STRING,
    }
)
_OPTION = Structure({"option": STRING, "parameters": List(_KEY)})


class UnknownOptionError(ParameterError):
    """QEMU has no such option, or none with keys."""

    def __init__(self, name: str) -> None:
        super().__init__("option", f"invalid option name: {name}")
        self.name = name


@cache
def _recorded() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = read_recorded(__file__, "command_line_options.json")
    return listed


def query_command_line_options(ctx: Context, arguments: Arguments) -> object:
    """List the options with their keys, or one of them."""
    name = arguments.get("option")
    if name is None:
        return _recorded()
    found = [entry for entry in _recorded() if entry["option"] == name]
    if not found:
        raise UnknownOptionError(name)
    return found


COMMANDS = (
    QmpCommand(
        "query-command-line-options",
        query_command_line_options,
        (Parameter("option", optional=True),),
        List(_OPTION),
    ),
)
