"""One NUMA option: its kind and its values, which are checked before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hmp.errors import InvalidParameterError, MissingParameterError, ParameterError
from hmp.machine.qom.property import Visitor

HIERARCHIES = ("memory", "first-level", "second-level", "third-level")
DATA_TYPES = (
    *("access-latency", "read-latency", "write-latency"),
    *("access-bandwidth", "read-bandwidth", "write-bandwidth"),
)
ASSOCIATIVITIES = ("none", "direct", "complex")
POLICIES = ("none", "write-back", "write-through")
# The levels of a CPU's place, in the order of QEMU's structure.
PLACE = ("drawer", "book", "socket", "die", "cluster", "module", "core", "thread")
Fields = dict[str, object]


class NodeOptions(NamedTuple):
    """A node: its number, if given, CPUs, the path of a backend, and who has the best access."""

    nodeid: int | None
    cpus: list[int]
    has_mem: bool
    memdev: str | None
    initiator: int | None


class DistanceOptions(NamedTuple):
    """How far a node is from another one."""

    source: int
    destination: int
    value: int


class CpuPlaceOptions(NamedTuple):
    """The CPUs at a place of the topology belong to a node; a level that is left out is any."""

    node_id: int | None
    place: dict[str, int]


class LatencyOptions(NamedTuple):
    """Latency in ns, or bandwidth in bytes a second, between two nodes."""

    initiator: int
    target: int
    hierarchy: str
    data_type: str
    latency: int | None
    bandwidth: int | None


class CacheOptions(NamedTuple):
    """A cache beside the memory of a node, of `size` bytes."""

    node_id: int
    size: int
    level: int
    associativity: str
    policy: str
    line: int


NumaOptions = NodeOptions | DistanceOptions | CpuPlaceOptions | LatencyOptions | CacheOptions


class _Reader:
    """Reads fields one after another; what was not asked for is left over."""

    def __init__(self, fields: Fields, visitor: Visitor) -> None:
        self.fields, self.visitor = fields, visitor
        self.left = dict.fromkeys(fields)

    def has(self, key: str) -> bool:
        """Return whether a field is there, and take it."""
        self.left.pop(key, None)
        return key in self.fields

    def _required(self, key: str) -> object:
        if not self.has(key):
            raise MissingParameterError(key)
        return self.fields[key]

    def integer(self, key: str, bits: int) -> int:
        return self.visitor.integer(key, self._required(key), bits, False)

    def optional(self, key: str, bits: int, signed: bool = False) -> int | None:
        if not self.has(key):
            return None
        return self.visitor.integer(key, self.fields[key], bits, signed)

    def size(self, key: str) -> int:
        return self.visitor.size(key, self._required(key))

    def optional_size(self, key: str) -> int | None:
        return self.visitor.size(key, self.fields[key]) if self.has(key) else None

    def word(self, key: str, words: tuple[str, ...]) -> str:
        return self.visitor.enumeration(key, self._required(key), words)


def _read_node(reader: _Reader) -> NodeOptions:
    return NodeOptions(
        reader.optional("nodeid", 16),
        reader.visitor.node_list("cpus", reader.fields["cpus"]) if reader.has("cpus") else [],
        reader.optional_size("mem") is not None,
        reader.visitor.text("memdev", reader.fields["memdev"]) if reader.has("memdev") else None,
        reader.optional("initiator", 16),
    )


def _read_distance(reader: _Reader) -> DistanceOptions:
    return DistanceOptions(
        reader.integer("src", 16), reader.integer("dst", 16), reader.integer("val", 8)
    )


def _read_cpu(reader: _Reader) -> CpuPlaceOptions:
    node_id = reader.optional("node-id", 64, signed=True)
    found = {f"{level}-id": reader.optional(f"{level}-id", 64, signed=True) for level in PLACE}
    place = {key: value for key, value in found.items() if value is not None}
    return CpuPlaceOptions(node_id, place)


def _read_latency(reader: _Reader) -> LatencyOptions:
    return LatencyOptions(
        reader.integer("initiator", 16),
        reader.integer("target", 16),
        reader.word("hierarchy", HIERARCHIES),
        reader.word("data-type", DATA_TYPES),
        reader.optional("latency", 64),
        reader.optional_size("bandwidth"),
    )


def _read_cache(reader: _Reader) -> CacheOptions:
    return CacheOptions(
        reader.integer("node-id", 32),
        reader.size("size"),
        reader.integer("level", 8),
        reader.word("associativity", ASSOCIATIVITIES),
        reader.word("policy", POLICIES),
        reader.integer("line", 16),
    )


_KINDS: dict[str, Callable[[_Reader], NumaOptions]] = {
    "node": _read_node,
    "dist": _read_distance,
    "cpu": _read_cpu,
    "hmat-lb": _read_latency,
    "hmat-cache": _read_cache,
}


def read_numa_options(
    fields: Fields,
    visitor: Visitor,
    unknown_key: Callable[[str], ParameterError] = InvalidParameterError,
) -> NumaOptions:
    """Return what the fields of an option, or of set-numa-node, say.

    Raises:
        InputError: The first field that is missing, wrong or unknown.
    """
    reader = _Reader(fields, visitor)
    options = _KINDS[reader.word("type", tuple(_KINDS))](reader)
    for key in reader.left:
        raise unknown_key(key)
    return options
