"""getfd, closefd, add-fd, remove-fd and query-fdsets: descriptors that came with a message."""

from __future__ import annotations

from hmp.machine.host.descriptors import NoDescriptorError
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import INTEGER, STRING, List, Structure

_MEMBER = Structure({"fd": INTEGER, "opaque?": STRING})
_SET = Structure({"fdset-id": INTEGER, "fds": List(_MEMBER)})


def getfd(ctx: Context, arguments: Arguments) -> object:
    """Keep the descriptor of the message under a name."""
    descriptor = ctx.human.context.take_descriptor()
    ctx.machine.descriptors.name(arguments["fdname"], descriptor)
    return {}


def closefd(ctx: Context, arguments: Arguments) -> object:
    """Close the descriptor of a name."""
    ctx.machine.descriptors.close_named(arguments["fdname"])
    return {}


def add_fd(ctx: Context, arguments: Arguments) -> object:
    """Put the descriptor of the message into a set."""
    descriptor = ctx.human.context.take_descriptor()
    if descriptor is None:
        raise NoDescriptorError
    number = arguments.get("fdset-id")
    added = ctx.machine.descriptors.add(descriptor, number, arguments.get("opaque"))
    return {"fd": descriptor, "fdset-id": added}


def remove_fd(ctx: Context, arguments: Arguments) -> object:
    """Close one descriptor of a set, or all."""
    ctx.machine.descriptors.remove(arguments["fdset-id"], arguments.get("fd"))
    return {}


def query_fdsets(ctx: Context, arguments: Arguments) -> object:
    """List the sets, the one with the highest number first."""
    return [
        {
            "fds": [
                {"fd": item.descriptor} | ({} if item.opaque is None else {"opaque": item.opaque})
                for item in members
            ],
            "fdset-id": number,
        }
        for number, members in sorted(ctx.machine.descriptors.sets.items(), reverse=True)
    ]


COMMANDS = (
    QmpCommand("getfd", getfd, (Parameter("fdname"),)),
    QmpCommand("closefd", closefd, (Parameter("fdname"),)),
    QmpCommand(
        "add-fd",
        add_fd,
        (Parameter("fdset-id", INTEGER, optional=True), Parameter("opaque", optional=True)),
        Structure({"fdset-id": INTEGER, "fd": INTEGER}),
    ),
    QmpCommand(
        "remove-fd",
        remove_fd,
        (Parameter("fdset-id", INTEGER), Parameter("fd", INTEGER, optional=True)),
    ),
    QmpCommand("query-fdsets", query_fdsets, (), List(_SET)),
)
