"""The words that a command line may begin with: the monitor's table, and what a console adds to it.

What the commands do is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from hmp.commands.table import COMMANDS, INFO


class Described(Protocol):
    """What people are told of a command; `completes` says of each argument what it may be (commands/command.py)."""

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


class Vocabulary(NamedTuple):
    """Commands and info subjects by name, aliases included."""

    commands: Mapping[str, Described]
    info: Mapping[str, Described]


QEMU_WORDS = Vocabulary(COMMANDS, INFO)
