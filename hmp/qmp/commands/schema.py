"""query-commands and query-qmp-schema."""

from __future__ import annotations

from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import ANY, BOOLEAN, STRING, Enumeration, List, Structure


def query_commands(ctx: Context, arguments: Arguments) -> object:
    """Return the names of all commands."""
    return [{"name": name} for name in ctx.commands]


def query_qmp_schema(ctx: Context, arguments: Arguments) -> object:
    """Return the commands, the events and the types that they use."""
    from hmp.qmp.schema import describe

    return describe(tuple(ctx.commands.values()))


_FEATURES = {"features?": List(STRING)}
_META_TYPES = {
    "builtin": Structure(
        {
            "json-type": Enumeration(
                ("string", "number", "int", "boolean", "null", "object", "array", "value")
            )
        }
    ),
    "enum": Structure(
        {"members": List(Structure({"name": STRING, **_FEATURES})), "values": List(STRING)}
    ),
    "array": Structure({"element-type": STRING}),
    "object": Structure(
        {
            "members": List(
                Structure({"name": STRING, "type": STRING, "default?": ANY, **_FEATURES})
            ),
            "tag?": STRING,
            "variants?": List(Structure({"case": STRING, "type": STRING})),
        }
    ),
    "alternate": Structure({"members": List(Structure({"type": STRING}))}),
    "command": Structure({"arg-type": STRING, "ret-type": STRING, "allow-oob?": BOOLEAN}),
    "event": Structure({"arg-type": STRING}),
}
_ENTRY = Structure(
    {"name": STRING, "meta-type": Enumeration(tuple(_META_TYPES)), **_FEATURES},
    "meta-type",
    _META_TYPES,
)
COMMANDS = (
    QmpCommand("query-commands", query_commands, (), List(Structure({"name": STRING}))),
    QmpCommand("query-qmp-schema", query_qmp_schema, (), List(_ENTRY)),
)
