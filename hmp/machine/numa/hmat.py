"""Latencies, bandwidths and caches of memory: the checks of the guest's HMAT, which is never built
(docs/qemu-behaviour/cpus.md §4).
"""

from __future__ import annotations

from hmp.errors import ParameterError, StateError
from hmp.machine.numa.options import CacheOptions, LatencyOptions
from hmp.units import MIB

# A table has 16 bits for each value, in units that all share.
MAX_ENTRY = 65534
MAX_CACHE_LEVEL = 3


class HmatDisabledError(StateError):
    """The machine has no HMAT."""

    def __init__(self) -> None:
        super().__init__(
            "ACPI Heterogeneous Memory Attribute Table (HMAT) is disabled, enable it with -machine "
            "hmat=on before using any of hmat specific options"
        )


class HmatRangeError(ParameterError):
    """A value differs too much from those before it."""

    def __init__(self, options: LatencyOptions, what: str, value: int, than: str) -> None:
        super().__init__(
            what,
            f"{what.capitalize()} {value} between initiator={options.initiator} and "
            f"target={options.target} should not differ from previously entered {than} "
            f"on more than {MAX_ENTRY}",
        )
        self.value = value


class LatencyTable:
    """The values of one hierarchy and data type."""

    def __init__(self) -> None:
        self.pairs: set[tuple[int, int]] = set()
        # The unit of latencies, a power of ten that divides all; None without one.
        self.unit: int | None = None
        self.bandwidths: list[int] = []

    def add(self, options: LatencyOptions, what: str, value: int) -> None:
        """Add a value; HmpError when the pair has one, or the value does not fit."""
        pair = options.initiator, options.target
        if what == "bandwidth" and value % MIB:
            raise ParameterError(
                "bandwidth",
                f"Bandwidth {value} between initiator={options.initiator} and "
                f"target={options.target} should be 1MB aligned",
            )
        if pair in self.pairs:
            raise StateError(
                f"Duplicate configuration of the {what} for initiator={options.initiator} and "
                f"target={options.target}"
            )
        if value:
            check = self._add_latency if what == "latency" else self._add_bandwidth
            check(options, value)
        self.pairs.add(pair)

    def _add_latency(self, options: LatencyOptions, value: int) -> None:
        # Against the unit of those before it alone (experiments: 5 and 65535 in either order).
        if self.unit and value // self.unit > MAX_ENTRY:
            raise HmatRangeError(options, "latency", value, "min or max values")
        unit = 1
        while value % (unit * 10) == 0:
            unit *= 10
        self.unit = min(self.unit or unit, unit)

    def _add_bandwidth(self, options: LatencyOptions, value: int) -> None:
        together = 0
        for bandwidth in (*self.bandwidths, value):
            together |= bandwidth
        if max(*self.bandwidths, value, 0) // (together & -together) > MAX_ENTRY:
            raise HmatRangeError(options, "bandwidth", value, "values")
        self.bandwidths.append(value)


class Hmat:
    """The tables, and the caches by node and level."""

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], LatencyTable] = {}
        self.known: set[tuple[int, str]] = set()
        self.caches: dict[tuple[int, int], int] = {}

    def add_latency(self, options: LatencyOptions) -> None:
        """Add a latency or bandwidth between two nodes that exist; HmpError when it is wrong."""
        what = options.data_type.rpartition("-")[2]
        value, other = options.latency, options.bandwidth
        if what == "bandwidth":
            value, other = other, value
        if value is None:
            raise ParameterError(what, f"Missing '{what}' option")
        if other is not None:
            wrong = "bandwidth" if what == "latency" else "latency"
            raise ParameterError(wrong, f"Invalid option '{wrong}' since the data type is {what}")
        table = self.tables.setdefault((options.hierarchy, options.data_type), LatencyTable())
        table.add(options, what, value)
        self.known.add((options.target, what))

    def add_cache(self, options: CacheOptions) -> None:
        """Add a cache of a node that exists; HmpError when it is wrong."""
        node, level = options.node_id, options.level
        if not {(node, "latency"), (node, "bandwidth")} <= self.known:
            raise StateError(
                f"The latency and bandwidth information of node-id={node} should be provided "
                "before memory side cache attributes"
            )
        if not 1 <= level <= MAX_CACHE_LEVEL:
            raise ParameterError(
                "level",
                f"Invalid level={level}, it should be larger than 0 and less than or equal to "
                f"{MAX_CACHE_LEVEL}",
            )
        if (node, level) in self.caches:
            raise StateError(
                f"Duplicate configuration of the side cache for node-id={node} and level={level}"
            )
        self._check_size(options)
        self.caches[node, level] = options.size

    def _check_size(self, options: CacheOptions) -> None:
        below = options.level - 1
        if not below:
            return
        if (options.node_id, below) not in self.caches:
            raise StateError(f"Cache level={below} shall be defined first")
        size = self.caches[options.node_id, below]
        if options.size <= size:
            raise ParameterError(
                "size",
                f"Invalid size={options.size}, the size of level={options.level} should be larger "
                f"than the size({size}) of level={below}",
            )
