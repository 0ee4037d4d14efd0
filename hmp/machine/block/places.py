"""Where the drives of a board are: interfaces, with buses and units."""

from __future__ import annotations

from hmp.machine.boards.types import Board
from hmp.record import Record

# How many units are on a bus, where a bus has a number (experiments: the names of drives).
UNITS = {"ide": 2, "scsi": 7}
# Which places a board with PC hardware has; the others it refuses (experiment: each interface).
PC_PLACES = {"ide": 4, "floppy": 2, "pflash": 2}
Q35_PLACES = {"ide": 6, "floppy": 2, "pflash": 2}
ANYWHERE = ("none", "virtio", "xen")


class Place(Record):
    """The place of a drive: an interface, and a bus and a unit there."""

    interface: str
    bus: int
    unit: int


def default_interface(board: Board) -> str:
    """Return the interface of a drive that names none."""
    return "none" if board.name in ("microvm", "none") else "ide"


def units_on_bus(board: Board, interface: str) -> int:
    """Return how many units a bus of an interface has, 0 where there are only units."""
    if board.name == "microvm" and interface == "none":
        return 1
    # Each bus of q35's controller has one disk.
    if interface == "ide" and board.root_bus_kind == "PCIE":
        return 1
    return UNITS.get(interface, 0)


def has_place(board: Board, place: Place) -> bool:
    """Return whether a board has a place for a drive."""
    if place.interface in ANYWHERE:
        return True
    if board.name in ("none", "microvm") or (place.interface == "pflash" and not board.root_bus):
        return False
    places = Q35_PLACES if board.root_bus_kind == "PCIE" else PC_PLACES
    units = units_on_bus(board, place.interface)
    return place.bus * units + place.unit < places.get(place.interface, 0)
