"""What the board of each machine has by itself: its buses with their devices, its PCI functions."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from hmp.machine.catalogue.records import BusRecord, bus_record


class BoardRecord(NamedTuple):
    """The main system bus with everything below it, and the functions of query-pci."""

    bus: BusRecord
    pci: tuple[dict[str, Any], ...]


@cache
def find_board(family: str, has_defaults: bool = False, has_pcie: bool = False) -> BoardRecord:
    """Return the board of a family of machines, with or without its default devices, and where
    there may be none with or without PCI Express.
    """
    source = resources.files(__package__).joinpath("boards.json")
    item = json.loads(source.read_text(encoding="utf-8"))[
        family + "+pcie" * has_pcie + "+defaults" * has_defaults
    ]
    return BoardRecord(bus_record(item["bus"]), tuple(item["pci"]))
