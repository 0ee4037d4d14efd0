"""The record of the last plug, for the report `explain` and for suggestions; no rule uses it."""

from __future__ import annotations

from typing import NamedTuple

from hmp.machine.memory.placement import DeviceRegion, UsedRange


class AddressSearch(NamedTuple):
    """A search for an address: `size` and `alignment` in bytes, the requested address or 0, and
    what other devices used.
    """

    region: DeviceRegion
    size: int
    alignment: int
    wanted: int
    used: tuple[UsedRange, ...]


class PlugAttempt:
    """One plug.

    `busy_slots` of `slot_count` were in use before; `search` is None when it failed earlier;
    `error` is the message, empty for a device that was plugged at `addr`, in `slot` if it has one.
    """

    def __init__(
        self, driver: str, identifier: str, slot_count: int, busy_slots: frozenset[int]
    ) -> None:
        self.driver, self.identifier = driver, identifier
        self.slot_count, self.busy_slots = slot_count, busy_slots
        self.search: AddressSearch | None = None
        self.error = ""
        self.addr: int | None = None
        self.slot: int | None = None
