"""What the board of each machine has by itself: its buses with their devices, its PCI functions."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from hmp.machine.catalogue.records import BusRecord, bus_record
from hmp.recorded import read_recorded


class BoardRecord(NamedTuple):
    """The main system bus with everything below it, and the functions of query-pci."""

    bus: BusRecord
    pci: tuple[dict[str, Any], ...]


@cache
def find_board(
    family: str,
    has_defaults: bool = False,
    has_pcie: bool = False,
    lacks_second_io_apic: bool = False,
) -> BoardRecord:
    """Return the board of a family of machines, with or without its default devices, and where
    there may be none with or without PCI Express and the second I/O APIC.
    """
    name = family + "+pcie" * has_pcie + "-ioapic2" * lacks_second_io_apic
    name += "+defaults" * has_defaults
    item = read_recorded(__file__, "boards.json")[name]
    return BoardRecord(bus_record(item["bus"]), tuple(item["pci"]))
