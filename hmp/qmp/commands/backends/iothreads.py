"""query-iothreads, and what clients ask about other backends that memory has nothing to do with."""

from __future__ import annotations

from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import INTEGER, STRING, List, Structure


def query_iothreads(ctx: Context, arguments: Arguments) -> object:
    """Return the I/O threads with their settings."""
    from hmp.machine.objects.event_loops import io_threads

    return [{"id": thread.name, **thread.info()} for thread in io_threads(ctx.machine)]


_SETTINGS = ("thread-id", "poll-max-ns", "poll-grow", "poll-shrink", "poll-weight", "aio-max-batch")
_THREAD = Structure({"id": STRING, **dict.fromkeys(_SETTINGS, INTEGER)})
COMMANDS = (QmpCommand("query-iothreads", query_iothreads, (), List(_THREAD)),)
