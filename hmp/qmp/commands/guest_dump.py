"""dump-guest-memory, query-dump and query-dump-guest-memory-capability
(docs/qemu-behaviour/dump.md).
"""

from __future__ import annotations

from hmp.errors import ParameterError, StateError
from hmp.machine.guest_dump.request import AVAILABLE, FORMATS, DumpRequest, DumpStatus
from hmp.qmp.command import Arguments, Parameter, QmpCommand, Steps
from hmp.qmp.context import Context
from hmp.qmp.types import BOOLEAN, INTEGER, Enumeration, List, Structure

FILE, DESCRIPTOR = "file:", "fd:"


class DescriptorNotFoundError(StateError):
    """No file descriptor was given to this monitor under the name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"File descriptor named '{name}' has not been found")
        self.name = name


def dump_guest_memory(ctx: Context, arguments: Arguments) -> Steps:
    """Dump guest memory into a file."""
    request = DumpRequest(
        arguments.get("format", "elf"),
        arguments["paging"],
        arguments.get("begin"),
        arguments.get("length"),
        arguments.get("detach", False),
    )
    dump, target = ctx.machine.guest_dump, arguments["protocol"]
    dump.check(request)
    if target.startswith(DESCRIPTOR):
        raise DescriptorNotFoundError(target.removeprefix(DESCRIPTOR))
    if not target.startswith(FILE):
        raise ParameterError("protocol", "parameter 'protocol' must start with 'file:' or 'fd:'")
    yield from dump.start(request, target.removeprefix(FILE))
    return {}


def query_dump(ctx: Context, arguments: Arguments) -> object:
    """Return how far the last dump got."""
    return ctx.machine.guest_dump.describe()


def query_capability(ctx: Context, arguments: Arguments) -> object:
    """Return the formats that a dump can have."""
    return {"formats": list(AVAILABLE)}


DUMP_RESULT = Structure(
    {
        "status": Enumeration(tuple(status.value for status in DumpStatus)),
        "completed": INTEGER,
        "total": INTEGER,
    }
)
_FORMAT = Enumeration(FORMATS)
COMMANDS = (
    QmpCommand(
        "dump-guest-memory",
        dump_guest_memory,
        (
            Parameter("paging", BOOLEAN),
            Parameter("protocol"),
            Parameter("detach", BOOLEAN, optional=True),
            Parameter("begin", INTEGER, optional=True),
            Parameter("length", INTEGER, optional=True),
            Parameter("format", _FORMAT, optional=True),
        ),
    ),
    QmpCommand("query-dump", query_dump, (), DUMP_RESULT),
    QmpCommand(
        "query-dump-guest-memory-capability",
        query_capability,
        (),
        Structure({"formats": List(_FORMAT)}),
    ),
)
