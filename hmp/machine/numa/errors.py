"""What can be wrong with NUMA nodes."""

from __future__ import annotations

from hmp.errors import StateError


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


class InitiatorError(StateError):
    """The node that is said to have the best access to another one's memory can't be that."""

    parameter = "initiator"

    def __init__(self, node: int, message: str) -> None:
        super().__init__(message)
        self.node = node
