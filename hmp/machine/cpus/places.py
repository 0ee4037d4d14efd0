"""Where a CPU is to be: its place in the topology, by the ids of the levels or by that of its
interrupt controller, with QEMU's checks (docs/qemu-behaviour/devices.md §15).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import StateError
from hmp.machine.cpus import topology
from hmp.units import ALL_ONES_32

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

UNSET_APIC_ID, UNSET = ALL_ONES_32, -1
# From the socket inwards; those of which there may be one alone can be left out.
LEVELS = ("socket", *reversed(topology.LEVELS))
OPTIONAL_LEVELS = ("die", "module")


class PlaceError(StateError):
    """A property of a CPU names no place, or one where it can't be."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class CpuExistsError(StateError):
    """There is a CPU at that place."""

    def __init__(self, index: int, apic_id: int) -> None:
        super().__init__(f"CPU[{index}] with APIC ID {apic_id} exists")
        self.index, self.apic_id = index, apic_id


class CpuPlace(NamedTuple):
    """A place: the CPU's index, its interrupt controller's id, and the number of each level."""

    cpu_index: int
    apic_id: int
    numbers: dict[str, int]


def find_place(machine: Machine, values: Mapping[str, object]) -> CpuPlace:
    """Return the free place that the properties of a CPU ask for.

    Raises:
        PlaceError: They name none, or contradict each other.
        CpuExistsError: It is taken.
    """
    apic_id = _number(values, "apic-id")
    is_given = apic_id != UNSET_APIC_ID
    if not is_given:
        apic_id = topology.apic_id(machine.topology, _read_levels(machine, values))
    numbers = topology.levels_of(machine.topology, apic_id)
    index = topology.index_of(machine.topology, numbers)
    if index is None:
        shown = ", ".join(f"{level}: {numbers[level]}" for level in LEVELS)
        last = topology.possible_count(machine.topology) - 1
        raise PlaceError(
            "apic-id",
            f"Invalid CPU [{shown}] with APIC ID {apic_id}, valid index range 0:{last}",
        )
    if index in machine.cpus:
        raise CpuExistsError(index, apic_id)
    if is_given:
        check_levels(values, apic_id, numbers)
    return CpuPlace(index, apic_id, numbers)


def check_levels(values: Mapping[str, object], apic_id: int, numbers: Mapping[str, int]) -> None:
    """Raise PlaceError when the id of a level is given, and another than that of the place."""
    for level in LEVELS:
        key = f"{level}-id"
        value = _number(values, key)
        if value not in (UNSET, numbers[level]):
            raise PlaceError(
                key,
                f"property {key}: {value & ALL_ONES_32} doesn't match set apic-id: 0x{apic_id:x} "
                f"({key}: {numbers[level]})",
            )


def check_node(machine: Machine, values: Mapping[str, object], index: int) -> int:
    """Return the NUMA node of a place; raise PlaceError when the CPU is told to be in another."""
    node = topology.node_of(machine, index)
    wanted = _number(values, "node-id")
    if wanted not in (UNSET, node or 0):
        raise PlaceError("node-id", f"invalid node-id, must be {node or 0}")
    return wanted if node is None else node


def _number(values: Mapping[str, object], key: str) -> int:
    return int(str(values[key]))


def _read_levels(machine: Machine, values: Mapping[str, object]) -> dict[str, int]:
    """Return the number of each level, where all that are needed are given."""
    found = {}
    for level in LEVELS:
        key, count = f"{level}-id", machine.topology[f"{level}s"]
        value = _number(values, key)
        if value < 0:
            if level not in OPTIONAL_LEVELS or count > 1:
                raise PlaceError(key, f"CPU {key} is not set")
            value = 0
        if value >= count:
            raise PlaceError(key, f"Invalid CPU {key}: {value} must be in range 0:{count - 1}")
        found[level] = value
    return found
