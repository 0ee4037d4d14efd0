"""Snapshots of a machine's state, to compare before and after; taken with QMP queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Query = Callable[[str], Any]


class Snapshot(NamedTuple):
    """The run state, and the results of the memory queries; sizes are in bytes."""

    status: str
    devices: list[dict[str, Any]]
    backends: list[dict[str, Any]]
    slots: list[dict[str, Any]]
    base_memory: int
    plugged_memory: int

    def differences(self, other: Snapshot) -> list[str]:
        """Return a line for each part in which `other` differs."""
        return [
            f"{name}: {mine!r} -> {others!r}"
            for name, mine, others in zip(self._fields, self, other, strict=True)
            if mine != others
        ]


def take_snapshot(query: Query) -> Snapshot:
    """Return a snapshot of the machine that `query` asks."""
    sizes = query("query-memory-size-summary")
    return Snapshot(
        query("query-status")["status"],
        query("query-memory-devices"),
        query("query-memdev"),
        [entry for entry in query("query-acpi-ospm-status") if entry["slot-type"] == "DIMM"],
        sizes["base-memory"],
        sizes["plugged-memory"],
    )
