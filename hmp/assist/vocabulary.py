"""The words that a command line may begin with: the monitor's table, and what a console adds to it.

What the commands do is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from hmp.commands.command import Described
from hmp.commands.table import COMMANDS, INFO


class Vocabulary(NamedTuple):
    """Commands and info subjects by name, aliases included."""

    commands: Mapping[str, Described]
    info: Mapping[str, Described]


QEMU_WORDS = Vocabulary(COMMANDS, INFO)
