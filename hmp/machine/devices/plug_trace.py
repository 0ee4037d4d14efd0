"""The record of the last plug, for the report `explain` and for suggestions; no rule uses it."""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import HmpError
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

    `asked` are the properties as they were given. `busy_slots` of `slot_count` were in use before;
    `search` is None when it failed earlier; `failure` is the error, None for a device that was
    plugged at `addr`, in `slot` if it has one.
    """

    def __init__(
        self,
        driver: str,
        identifier: str,
        asked: tuple[tuple[str, object], ...],
        slot_count: int,
        busy_slots: frozenset[int],
    ) -> None:
        self.driver, self.identifier, self.asked = driver, identifier, asked
        self.slot_count, self.busy_slots = slot_count, busy_slots
        self.search: AddressSearch | None = None
        self.failure: HmpError | None = None
        self.addr: int | None = None
        self.slot: int | None = None

    @property
    def error(self) -> str:
        """The message of the error, empty for a device that was plugged."""
        return self.failure.message if self.failure else ""
