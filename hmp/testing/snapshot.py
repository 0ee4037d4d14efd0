"""Snapshots: what a machine holds at one moment, to compare before and after.

They are taken with QMP's own queries, so that a machine behind a socket gives the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Query = Callable[[str], Any]


class Snapshot(NamedTuple):
    """Run state, memory devices, backends, slots and sizes (bytes) as QMP tells them; equal if
    nothing changed.
    """

    status: str
    devices: list[dict[str, Any]]
    backends: list[dict[str, Any]]
    slots: list[dict[str, Any]]
    base_memory: int
    plugged_memory: int

    def differences(self, other: Snapshot) -> list[str]:
        """A line for each part in which `other` differs."""
        return [
            f"{name}: {mine!r} -> {others!r}"
            for name, mine, others in zip(self._fields, self, other, strict=True)
            if mine != others
        ]


def take_snapshot(query: Query) -> Snapshot:
    """The present snapshot of the machine that answers `query`."""
    sizes = query("query-memory-size-summary")
    return Snapshot(
        query("query-status")["status"],
        query("query-memory-devices"),
        query("query-memdev"),
        [entry for entry in query("query-acpi-ospm-status") if entry["slot-type"] == "DIMM"],
        sizes["base-memory"],
        sizes["plugged-memory"],
    )
