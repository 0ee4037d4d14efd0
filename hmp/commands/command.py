"""What a command is: one record with its names, argument kinds, parameters, help and handler.

The records themselves stand beside their handlers; `table.py` gathers them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from hmp.monitor import Monitor

WORD, OPTIONAL_WORD, REST, OPTIONAL_REST = "word", "optional word", "rest", "optional rest"
OPTIONS, NUMBER, NUMBER_32, FORMAT = "options", "number", "32-bit number", "format"
FLAG = "flag "


class Described(Protocol):
    """What people are told of a command, whoever carries it out."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def title(self) -> str: ...
    @property
    def parameters(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def completes(self) -> tuple[str, ...]: ...


class Command(NamedTuple):
    """A command of the monitor.

    `names` are the name and its aliases; `kinds` say how each argument is read (`arguments.py`), FLAG and a letter
    stand for a flag; `handler` takes the
    monitor and the arguments and gives the reply's text, or raises HmpError. `completes` says of each argument but
    the flags what it may be: commands, info, types, drivers, objects, devices, paths, properties, settable
    (ones), values, files, quoted files, cpus, guest.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    parameters: str
    help: str
    handler: Callable[[Monitor, list[object]], str]
    completes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name with its aliases, as messages and help show it."""
        return "|".join(self.names)
