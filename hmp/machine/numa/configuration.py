"""The NUMA nodes as the options add them, with QEMU's checks
(docs/qemu-behaviour/startup.md §10, docs/qemu-behaviour/cpus.md §4).
"""

from __future__ import annotations

from collections.abc import Callable

from hmp.errors import ParameterError, StateError
from hmp.machine.backends.base import MAX_NODES, MemoryBackend
from hmp.machine.boards.properties import X86MachineObject
from hmp.machine.cpus import topology
from hmp.machine.machine import Machine
from hmp.machine.memory.config import NumaNode
from hmp.machine.numa.distances import Distances
from hmp.machine.numa.errors import (
    InitiatorError,
    MissingNodeError,
    NodeCpuError,
    NodeIdError,
    NodeMemdevError,
    NodeMemoryError,
)
from hmp.machine.numa.hmat import Hmat, HmatDisabledError
from hmp.machine.numa.options import (
    CacheOptions,
    CpuPlaceOptions,
    DistanceOptions,
    LatencyOptions,
    NodeOptions,
    NumaOptions,
)
from hmp.machine.qom.object import resolve

# QEMU's structure has these; x86 has no such levels, and ignores them.
IGNORED_LEVELS = ("drawer-id", "book-id")


class NodeRequest:
    """A node as the options describe it."""

    def __init__(self) -> None:
        self.cpus: set[int] = set()
        self.backend: MemoryBackend | None = None
        self.initiator: int | None = None


class NumaConfiguration:
    """The nodes by number, as the options add them; `warn` takes lines about one option."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.nodes: dict[int, NodeRequest] = {}
        self.distances = Distances()
        self.hmat = Hmat()
        self.places = topology.all_places(machine.topology)

    @property
    def _has_hmat(self) -> bool:
        target = self.machine.machine_object
        return isinstance(target, X86MachineObject) and target.hmat

    def add(self, options: NumaOptions, warn: Callable[[str], None]) -> None:
        """Add what one option says; HmpError for the first thing that is wrong."""
        if self.machine.board.name == "none":
            raise StateError("NUMA is not supported by this machine-type")
        if isinstance(options, NodeOptions):
            self._add_node(options, warn)
        elif isinstance(options, DistanceOptions):
            self.distances.add(options, set(self.nodes))
        elif isinstance(options, CpuPlaceOptions):
            self._place_cpus(options)
        else:
            self._add_to_hmat(options)

    def _add_node(self, options: NodeOptions, warn: Callable[[str], None]) -> None:
        number = len(self.nodes) if options.nodeid is None else options.nodeid
        if number >= MAX_NODES:
            raise NodeIdError(number, f"Max number of NUMA nodes reached: {number}")
        if number in self.nodes:
            raise NodeIdError(number, f"Duplicate NUMA nodeid: {number}")
        node = NodeRequest()
        if options.initiator is not None and not self._has_hmat:
            raise HmatDisabledError
        self._check_cpus(options.cpus)
        node.cpus = set(options.cpus)
        if options.initiator is not None:
            if options.initiator >= MAX_NODES:
                # QEMU goes on without the node.
                warn(
                    f"The initiator id {options.initiator} expects an integer between 0 and "
                    f"{MAX_NODES - 1}"
                )
                return
            node.initiator = options.initiator
            self._check_own_initiator(number, node)
        node.backend = self._backend(options)
        self.nodes[number] = node

    def _check_cpus(self, cpus: list[int]) -> None:
        count = len(self.places)
        for cpu in cpus:
            if cpu >= count:
                raise NodeCpuError(
                    cpu, f"CPU index ({cpu}) should be smaller than maxcpus ({count})"
                )
            self._check_unassigned(cpu, None)

    def _check_unassigned(self, cpu: int, node: int | None) -> None:
        for number, other in self.nodes.items():
            if cpu in other.cpus and number != node:
                raise NodeCpuError(cpu, f"CPU is already assigned to node-id: {number}")

    def _check_own_initiator(self, number: int, node: NodeRequest) -> None:
        if node.cpus and node.initiator not in (None, number):
            raise InitiatorError(
                number,
                f"The initiator of CPU NUMA node {number} should be itself (got {node.initiator})",
            )

    def _backend(self, options: NodeOptions) -> MemoryBackend | None:
        has_memdev = options.memdev is not None or any(node.backend for node in self.nodes.values())
        if options.has_mem and has_memdev:
            raise StateError(
                "numa configuration should use either mem= or memdev=,mixing both is not allowed"
            )
        if options.has_mem:
            raise StateError(
                "Parameter -numa node,mem is not supported by this machine type",
                "Use -numa node,memdev instead",
            )
        if options.memdev is None:
            return None
        found, _ambiguous = resolve(self.machine.root, options.memdev)
        if not isinstance(found, MemoryBackend):
            raise NodeMemdevError(options.memdev, f"memdev={options.memdev} is ambiguous")
        return found

    def _place_cpus(self, options: CpuPlaceOptions) -> None:
        number = options.node_id
        if number is None:
            raise ParameterError("node-id", "Missing mandatory node-id property")
        if number not in self.nodes:
            raise ParameterError(
                "node-id",
                f"Invalid node-id={number}, NUMA node must be defined with -numa node,nodeid=ID "
                "before it's used with -numa cpu,node-id=ID",
            )
        wanted = {key: value for key, value in options.place.items() if key not in IGNORED_LEVELS}
        for key in ("module-id", "cluster-id", "die-id"):
            if key in wanted and key not in self.places[0]:
                raise ParameterError(key, f"{key} is not supported")
        found = [
            index for index, place in enumerate(self.places) if wanted.items() <= place.items()
        ]
        if not found:
            raise StateError("no match found")
        node = self.nodes[number]
        for index in found:
            self._check_unassigned(index, number)
        self._check_own_initiator(number, _with_cpus(node, found))
        node.cpus.update(found)

    def _add_to_hmat(self, options: LatencyOptions | CacheOptions) -> None:
        if not self._has_hmat:
            raise HmatDisabledError
        count = len(self.nodes)
        if isinstance(options, CacheOptions):
            _check_below("node-id", options.node_id, count)
            self.hmat.add_cache(options)
            return
        _check_below("initiator", options.initiator, count)
        _check_below("target", options.target, count)
        node = self.nodes.get(options.initiator)
        if node is None or not node.cpus:
            raise InitiatorError(
                options.initiator,
                f"Invalid initiator={options.initiator}, it isn't an initiator proximity domain",
            )
        self.hmat.add_latency(options)

    @property
    def backends(self) -> list[MemoryBackend]:
        """The backends of the nodes, by node number."""
        return [node.backend for _number, node in sorted(self.nodes.items()) if node.backend]

    def check_totals(self, ram: int, has_main_backend: bool) -> None:
        """Check all nodes together, against the `ram` bytes of the machine (stage 18 of
        docs/qemu-behaviour/startup.md §3).

        Raises:
            StateError: A node is missing, or backends and sizes do not fit together.
        """
        missing = [
            number for number in range(max(self.nodes, default=-1)) if number not in self.nodes
        ]
        if missing:
            # QEMU names the highest one (docs/qemu-behaviour/startup.md §10).
            raise MissingNodeError(missing[-1])
        total = sum(backend.size for backend in self.backends)
        if self.nodes and total != ram:
            raise NodeMemoryError(total, ram)
        if self.backends and has_main_backend:
            raise StateError(
                "'-machine memory-backend' and '-numa memdev' properties are mutually exclusive"
            )
        seen: set[str] = set()
        for backend in self.backends:
            if backend.name in seen:
                raise NodeMemdevError(
                    backend.name, f"memory backend {backend.name} can't be used multiple times."
                )
            seen.add(backend.name)
        self.distances.check(len(self.nodes))

    def place_the_rest(self) -> list[int]:
        """Place the CPUs that no option placed; return those of them where the options placed some.

        Without any they are spread by sockets, else they go to node 0.

        Raises:
            InitiatorError: A node's CPUs have another initiator than it, or there is none.
        """
        placed = {cpu for node in self.nodes.values() for cpu in node.cpus}
        rest = [index for index in range(len(self.places)) if index not in placed]
        for index in rest if self.nodes else ():
            socket = 0 if placed else self.places[index]["socket-id"]
            self.nodes[socket % len(self.nodes)].cpus.add(index)
        self._check_initiators()
        return rest if placed else []

    def _check_initiators(self) -> None:
        for number, node in sorted(self.nodes.items()):
            self._check_own_initiator(number, node)
            if node.initiator is None or node.cpus:
                continue
            other = self.nodes.get(node.initiator)
            if other is None:
                raise InitiatorError(
                    node.initiator,
                    f"NUMA node {node.initiator} is missing, use '-numa node' option to declare it "
                    "first",
                )
            if not other.cpus:
                raise InitiatorError(number, f"The initiator of NUMA node {number} is invalid")

    def finished_nodes(self) -> list[NumaNode]:
        """Return the nodes by number; with --preconfig some may be missing yet."""
        count = max(self.nodes, default=-1) + 1
        nodes = [self.nodes.get(number, NodeRequest()) for number in range(count)]
        return [
            NumaNode(tuple(sorted(node.cpus)), node.backend.size if node.backend else 0)
            for node in nodes
        ]


def _with_cpus(node: NodeRequest, cpus: list[int]) -> NodeRequest:
    changed = NodeRequest()
    changed.cpus, changed.initiator = node.cpus | set(cpus), node.initiator
    return changed


def _check_below(name: str, number: int, count: int) -> None:
    if number >= count:
        raise ParameterError(name, f"Invalid {name}={number}, it should be less than {count}")
