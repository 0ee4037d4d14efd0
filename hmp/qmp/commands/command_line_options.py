"""query-command-line-options: the options with their keys, as QEMU lists them."""

from __future__ import annotations

from hmp.errors import ParameterError
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import STRING, Enumeration, List, Structure

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


def query_command_line_options(ctx: Context, arguments: Arguments) -> object:
    """List the options with their keys, or one of them."""
    from hmp.machine.catalogue.options import recorded_options

    name = arguments.get("option")
    if name is None:
        return recorded_options()
    found = [entry for entry in recorded_options() if entry["option"] == name]
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
