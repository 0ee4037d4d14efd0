"""-smp: the number and the topology of the CPUs (docs/qemu-behaviour/startup.md §11).

No CPU runs; NUMA nodes, queries and `info cpus` show them.
"""

from __future__ import annotations

from math import prod

from hmp.errors import InputError, ParameterError, ParameterTypeError, UnexpectedParameterError
from hmp.machine.machine import Machine
from hmp.machine.qom.visitors import KeyvalVisitor

MEMBERS = (
    "cpus",
    "drawers",
    "books",
    "sockets",
    "dies",
    "clusters",
    "modules",
    "cores",
    "threads",
    "maxcpus",
)
KEYS_HELP = "smp-opts options:\n" + "".join(f"  {name}=<num>\n" for name in sorted(MEMBERS))
# QEMU's QMP prints the topology in the fixed order of a hash table (experiment: qom-get of smp).
DISPLAY_ORDER = (
    "modules",
    "cpus",
    "maxcpus",
    "books",
    "threads",
    "cores",
    "dies",
    "sockets",
    "clusters",
    "drawers",
)
# Levels that only other architectures have, and those of the pc and q35 boards.
ALWAYS_SINGLE = ("clusters", "books", "drawers")
ONLY_ON_PC = ("modules", "dies")


class CpuCountError(InputError):
    """More CPUs than the machine can have, or none."""

    def __init__(self, count: int, limit: int, board: str) -> None:
        super().__init__(
            f"Invalid SMP CPUs {count}. The max CPUs supported by machine '{board}' is {limit}"
        )
        self.count, self.limit, self.board = count, limit, board


class TopologyError(InputError):
    """The levels of the topology, multiplied, do not give the CPUs that were asked for."""

    def __init__(self, parts: dict[str, int], cpus: int, maximum: int, message: str) -> None:
        super().__init__(message)
        self.parts, self.cpus, self.maximum = parts, cpus, maximum


def set_cpus(machine: Machine, given: object) -> None:
    """Set the machine's CPUs from the members of `smp`, as text by name.

    Raises:
        InputError: The first member that is wrong, or a topology that contradicts itself.
    """
    counts = _parse(given)
    levels = _supported_levels(machine, counts)
    parts, maximum = _fill(counts, levels, machine.board.prefers_sockets)
    cpus = counts.get("cpus", maximum)
    _check(parts, cpus, maximum)
    board = machine.board
    if not 0 < maximum <= board.max_cpus:
        raise CpuCountError(maximum, board.max_cpus, board.name)
    machine.cpu_count = cpus
    machine.topology = dict.fromkeys(ONLY_ON_PC, 1) | parts
    shown = dict.fromkeys(DISPLAY_ORDER, 1) | parts | {"cpus": cpus, "maxcpus": maximum}
    machine.machine_object.smp = shown


def _parse(given: object) -> dict[str, int]:
    if not isinstance(given, dict):
        raise ParameterTypeError("smp", "object")
    counts = {
        key: KeyvalVisitor().integer(f"smp.{key}", given[key], 64, True)
        for key in MEMBERS
        if key in given
    }
    for key in given:
        if key not in MEMBERS:
            raise UnexpectedParameterError(f"smp.{key}")
    if 0 in counts.values():
        raise InputError("Invalid CPU topology: CPU topology parameters must be greater than zero")
    return counts


def _supported_levels(machine: Machine, counts: dict[str, int]) -> tuple[str, ...]:
    """Return the levels of the machine's topology, outermost first.

    Raises:
        ParameterError: A level is asked for that the machine does not have.
    """
    on_pc = machine.board.chipset is not None
    for level in ("modules", "clusters", "dies", "books", "drawers"):
        if counts.get(level, 1) > 1 and (level in ALWAYS_SINGLE or not on_pc):
            raise ParameterError(
                f"smp.{level}", f"{level} > 1 not supported by this machine's CPU topology"
            )
    return (
        ("sockets", "dies", "modules", "cores", "threads")
        if on_pc
        else ("sockets", "cores", "threads")
    )


def _fill(
    counts: dict[str, int], levels: tuple[str, ...], prefers_sockets: bool
) -> tuple[dict[str, int], int]:
    """Return the count of every level, and maxcpus.

    The first level that was left out, in the board's order, gets what the others leave over.
    """
    parts = {level: counts.get(level, 1) for level in levels}
    maximum = counts.get("maxcpus") or counts.get("cpus") or prod(parts.values())
    order = (
        ("sockets", "cores", "threads")
        if prefers_sockets or "cores" in counts
        else ("cores", "sockets", "threads")
    )
    open_level = next((level for level in order if level not in counts), None)
    if open_level:
        parts[open_level] = maximum // prod(
            count for level, count in parts.items() if level != open_level
        )
    return parts, maximum


def _check(parts: dict[str, int], cpus: int, maximum: int) -> None:
    hierarchy = " * ".join(f"{level} ({count})" for level, count in parts.items())
    if prod(parts.values()) != maximum:
        raise TopologyError(
            parts,
            cpus,
            maximum,
            "Invalid CPU topology: product of the hierarchy must match maxcpus: "
            f"{hierarchy} != maxcpus ({maximum})",
        )
    if maximum < cpus:
        raise TopologyError(
            parts,
            cpus,
            maximum,
            "Invalid CPU topology: maxcpus must be equal to or greater than smp: "
            f"{hierarchy} == maxcpus ({maximum}) < smp_cpus ({cpus})",
        )
