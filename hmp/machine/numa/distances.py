"""The distances between NUMA nodes, which only the guest would look at."""

from __future__ import annotations

from hmp.errors import ParameterError, ParameterValueError, StateError
from hmp.machine.backends.base import MAX_NODES
from hmp.machine.numa.options import DistanceOptions

LOCAL = 10


class Distances:
    """The distances by source and destination."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, int], int] = {}

    def add(self, options: DistanceOptions, nodes: set[int]) -> None:
        """Add a distance between two of the nodes that there are; HmpError when it is wrong."""
        source, destination, value = options
        for name, number in (("src", source), ("dst", destination)):
            if number >= MAX_NODES:
                raise ParameterValueError(name, f"an integer between 0 and {MAX_NODES - 1}")
        if not {source, destination} <= nodes:
            raise StateError(
                "Source/Destination NUMA node is missing. Please use '-numa node' option to "
                "declare it first."
            )
        if value < LOCAL:
            raise ParameterError(
                "val", f"NUMA distance ({value}) is invalid, it shouldn't be less than {LOCAL}."
            )
        if source == destination and value != LOCAL:
            raise ParameterError("val", f"Local distance of node {source} should be {LOCAL}.")
        self.values[source, destination] = value

    def check(self, count: int) -> None:
        """Check that there is one for each pair of nodes, or two for each if one pair differs.

        Raises:
            StateError: Some are missing.
        """
        if not self.values:
            return
        asymmetrical = False
        for low in range(count):
            for high in range(low + 1, count):
                there, back = self.values.get((low, high)), self.values.get((high, low))
                if there is None and back is None:
                    raise StateError(
                        f"The distance between node {low} and {high} is missing, at least one "
                        "distance value between each nodes should be provided."
                    )
                asymmetrical |= None not in (there, back) and there != back
        pairs = ((a, b) for a in range(count) for b in range(count) if a != b)
        if asymmetrical and any(pair not in self.values for pair in pairs):
            raise StateError(
                "At least one asymmetrical pair of distances is given, please provide distances "
                "for both directions of all node pairs."
            )
