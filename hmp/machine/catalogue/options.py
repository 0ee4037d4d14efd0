"""The options of QEMU's command line with their keys, as query-command-line-options lists them
(recorded by `scripts/record command-line-options`).
"""

from __future__ import annotations

from functools import cache
from typing import TypedDict

from hmp.recorded import read_recorded


class KeyRecord(TypedDict, total=False):
    """A key of an option: `type` is string, boolean, number or size."""

    name: str
    type: str
    help: str
    default: str


class OptionRecord(TypedDict):
    """An option; of one without keys any are taken, or it has other means to check them."""

    option: str
    parameters: list[KeyRecord]


@cache
def recorded_options() -> list[OptionRecord]:
    """Return every option in QEMU's order."""
    found: list[OptionRecord] = read_recorded(__file__, "command_line_options.json")
    return found
