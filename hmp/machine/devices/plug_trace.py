"""What is remembered of the last plug: what was asked for, what was free, and how it ended.

Nothing depends on it: it is there to be shown.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.machine.memory.placement import Occupied, Region


class AddressSearch(NamedTuple):
    """The search for an address: bytes needed, the alignment, the address asked for or 0, and what
    was occupied.
    """

    region: Region
    size: int
    alignment: int
    wanted: int
    occupied: tuple[Occupied, ...]


class PlugAttempt:
    """One plug.

    `busy_slots` are those of `slot_count` that were taken before; `search` is None when it did not
    come to one; `refusal` is the sentence of the refusal, empty for a device that was plugged at
    `addr`, in `slot` if it has one.
    """

    def __init__(
        self, driver: str, identifier: str, slot_count: int, busy_slots: frozenset[int]
    ) -> None:
        self.driver, self.identifier = driver, identifier
        self.slot_count, self.busy_slots = slot_count, busy_slots
        self.search: AddressSearch | None = None
        self.refusal = ""
        self.addr: int | None = None
        self.slot: int | None = None
