"""What character devices are made of: typed, whatever notation they were given in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.record import Record

if TYPE_CHECKING:
    from hmp.machine.chardevs.addresses import SocketOptions, UdpOptions


class FileOptions(Record):
    """A file for the output, and one for the input, if any."""

    path: str
    append: bool = False
    input_path: str | None = None


class PathOptions(Record):
    """A device or a pair of pipes by its path; for a terminal of its own, of a link to it."""

    path: str = ""


class RingbufOptions(Record):
    """The size of the memory that holds the last output, in bytes."""

    size: int = 65536


class MuxOptions(Record):
    """The names of the character devices that one is made of."""

    chardevs: tuple[str, ...]


if TYPE_CHECKING:
    Options = (
        SocketOptions | FileOptions | PathOptions | UdpOptions | RingbufOptions | MuxOptions | None
    )


class LogOptions(Record):
    """A file that gets a copy of the output."""

    path: str = ""
    append: bool = False


class ChardevConfig(Record):
    """A character device: its backend, such as `socket`, and what that needs to know."""

    backend: str
    options: Options = None
    log: LogOptions = LogOptions()
