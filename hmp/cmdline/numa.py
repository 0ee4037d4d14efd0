"""-numa: the guest's NUMA nodes, checked option by option (docs/qemu-behaviour/startup.md §10)."""

from __future__ import annotations

from hmp.errors import (
    ChoiceError,
    InvalidParameterError,
    MissingParameterError,
    ParameterError,
    ParameterValueError,
    StateError,
)
from hmp.grammar.numbers import parse_range_list
from hmp.grammar.opts import Option, check_identifier, parse_opts
from hmp.machine.backends.base import MAX_NODES, MemoryBackend
from hmp.machine.machine import Machine, NumaNode
from hmp.machine.qom.object import resolve
from hmp.machine.qom.visitors import OptsVisitor, check_list_element

FIELDS = ("type", "nodeid", "cpus", "mem", "memdev", "initiator")
TYPES = ("node", "dist", "cpu", "hmat-lb", "hmat-cache")


class NodeIdError(StateError):
    """A node number that another node has, or that is too large."""

    parameter = "nodeid"

    def __init__(self, node: int, message: str) -> None:
        super().__init__(message)
        self.node = node


class MissingNodeError(StateError):
    """There is a node of a larger number, but none of this one."""

    def __init__(self, node: int) -> None:
        super().__init__(f"numa: Node ID missing: {node}")
        self.node = node


class NodeCpuError(StateError):
    """A CPU that the machine does not have, or that belongs to another node."""

    parameter = "cpus"

    def __init__(self, cpu: int, message: str) -> None:
        super().__init__(message)
        self.cpu = cpu


class NodeMemdevError(StateError):
    """What a node names is no memory backend, or another node has it."""

    parameter = "memdev"

    def __init__(self, memdev: str, message: str) -> None:
        super().__init__(message)
        self.memdev = memdev


class NodeMemoryError(StateError):
    """The nodes have more or less memory than the machine; in bytes."""

    def __init__(self, total: int, ram: int) -> None:
        super().__init__(
            f"total memory for NUMA nodes (0x{total:x}) should equal RAM size (0x{ram:x})"
        )
        self.total, self.ram = total, ram


class NodeRequest:
    """A node as the options describe it."""

    def __init__(self) -> None:
        self.cpus: list[int] = []
        self.backend: MemoryBackend | None = None


class NumaConfiguration:
    """The nodes by number, as the options add them."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.nodes: dict[int, NodeRequest] = {}

    def add(self, text: str) -> None:
        """Add a -numa option; HmpError for the first thing that is wrong
        (docs/qemu-behaviour/startup.md §10).
        """
        fields = _fields(parse_opts(text, "type"))
        if self.machine.board.name == "none":
            raise StateError("NUMA is not supported by this machine-type")
        kind = fields["type"][-1]
        if kind != "node":
            raise ParameterError("type", f"-numa {kind} is not supported by hmp")
        number = len(self.nodes)
        if "nodeid" in fields:
            number = OptsVisitor().integer("nodeid", fields["nodeid"], 16, False)
        cpus = _cpus(fields.get("cpus", []))
        if "mem" in fields:
            OptsVisitor().size("mem", fields["mem"])
        for key in fields:
            if key not in FIELDS:
                raise InvalidParameterError(key)
        self._check_number(number)
        if "initiator" in fields:
            raise StateError(
                "ACPI Heterogeneous Memory Attribute Table (HMAT) is disabled, enable it with "
                "-machine hmat=on before using any of hmat specific options"
            )
        node = NodeRequest()
        self._check_cpus(cpus)
        node.cpus = cpus
        node.backend = self._backend(fields)
        self.nodes[number] = node

    def _check_number(self, number: int) -> None:
        if number >= MAX_NODES:
            raise NodeIdError(number, f"Max number of NUMA nodes reached: {number}")
        if number in self.nodes:
            raise NodeIdError(number, f"Duplicate NUMA nodeid: {number}")

    def _check_cpus(self, cpus: list[int]) -> None:
        count = self.machine.cpu_count
        for cpu in cpus:
            if cpu >= count:
                raise NodeCpuError(
                    cpu, f"CPU index ({cpu}) should be smaller than maxcpus ({count})"
                )
            for number, other in self.nodes.items():
                if cpu in other.cpus:
                    raise NodeCpuError(cpu, f"CPU is already assigned to node-id: {number}")

    def _backend(self, fields: dict[str, list[str]]) -> MemoryBackend | None:
        if "mem" in fields and "memdev" in fields:
            raise StateError(
                "numa configuration should use either mem= or memdev=,mixing both is not allowed"
            )
        if "mem" in fields:
            raise StateError(
                "Parameter -numa node,mem is not supported by this machine type",
                "Use -numa node,memdev instead",
            )
        if "memdev" not in fields:
            return None
        path = fields["memdev"][-1]
        found, _ambiguous = resolve(self.machine.root, path)
        if not isinstance(found, MemoryBackend):
            raise NodeMemdevError(path, f"memdev={path} is ambiguous")
        return found

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

    def finish(self) -> tuple[list[NumaNode], list[int]]:
        """Return the nodes, with the CPUs that no option placed in node 0, and a list of those CPUs
        where the options placed some and not all.
        """
        placed = {cpu for node in self.nodes.values() for cpu in node.cpus}
        rest = [cpu for cpu in range(self.machine.cpu_count) if cpu not in placed]
        if self.nodes:
            # `check_totals` has made sure that there is a node 0.
            self.nodes[0].cpus += rest
        nodes = [
            NumaNode(tuple(sorted(node.cpus)), node.backend.size if node.backend else 0)
            for _number, node in sorted(self.nodes.items())
        ]
        return nodes, rest if placed else []


def _fields(items: list[Option]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for item in items:
        fields.setdefault(item.key, []).append(item.value)
    if "type" not in fields:
        raise MissingParameterError("type")
    if fields["type"][-1] not in TYPES:
        raise ChoiceError("type", fields["type"][-1])
    return fields


def _cpus(texts: list[str]) -> list[int]:
    cpus: list[int] = []
    for text in texts:
        try:
            cpus.extend(parse_range_list(text))
        except ValueError:
            raise ParameterValueError("cpus", "a uint64 value or range") from None
    return [check_list_element("cpus", cpu) for cpu in cpus]


def check_option_identifier(items: list[Option]) -> str | None:
    """Return the id of an option list, or None; IdentifierError when it is not well-formed.

    QEMU checks it before anything else of the option.
    """
    identifier = next((item.value for item in items if item.key == "id"), None)
    if identifier is not None:
        check_identifier(identifier)
    return identifier
