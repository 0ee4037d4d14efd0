"""The limits and the size of drives, set while the machine runs. Nothing is read or written, so
both show in queries alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.block.graph import Backend, BlockGraph
from hmp.machine.block.media import MediumError
from hmp.machine.block.node import PASSING, ImageError, Node, NodeError
from hmp.machine.block.permissions import RESIZE, check_use, named_use
from hmp.machine.objects.throttle import KINDS, check_limits
from hmp.units import round_up

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MAX_BYTES = 9223372035781033984
SECTOR = 512
# Of each rate how block_set_io_throttle calls it.
RATES = {
    "bps": "bps-total",
    "bps_rd": "bps-read",
    "bps_wr": "bps-write",
    "iops": "iops-total",
    "iops_rd": "iops-read",
    "iops_wr": "iops-write",
}


LIMIT_KEYS = (
    *(f"{kind}{part}" for kind in KINDS for part in ("", "-max", "-max-length")),
    "iops-size",
)


def limits_from(arguments: dict[str, int]) -> dict[str, int]:
    """Return limits by their names from those of block_set_io_throttle's arguments."""
    limits = {key: int(key.endswith("length")) for key in LIMIT_KEYS}
    for name, key in RATES.items():
        for argument, limit in (
            (name, key),
            (f"{name}_max", f"{key}-max"),
            (f"{name}_max_length", f"{key}-max-length"),
        ):
            if argument in arguments:
                limits[limit] = arguments[argument]
    limits["iops-size"] = arguments.get("iops_size", 0)
    return limits


def set_limits(graph: BlockGraph, backend: Backend, group: str, limits: dict[str, int]) -> None:
    """Put a drive into a group and set the group's limits; without a limit it leaves its group.

    Raises:
        HmpError: The drive is empty, or no drive can have such limits.
    """
    if backend.root is None:
        raise MediumError("Device has no medium")
    check_limits(limits)
    backend.limits, backend.group = limits, ""
    if backend.is_limited:
        backend.group = group
        for other in graph.all_backends():
            if other.group == group:
                other.limits = limits


class SizeError(StateError):
    """The driver of a node takes no other size, or not that one."""


def find_node(machine: Machine, device: str, node_name: str) -> Node:
    """Return the node of a drive's name, or of its own; StateError when there is none."""
    machine.onboard.ensure()
    graph = machine.block
    backend = graph.find_backend(device)
    if backend is not None:
        if backend.root is None:
            raise MediumError(f"Device '{device}' has no medium")
        return backend.root
    node = graph.find_node(node_name)
    if node is None:
        raise NodeError(f"Cannot find device='{device}' nor node-name='{node_name}'")
    return node


def resize(graph: BlockGraph, node: Node, size: int) -> None:
    """Give a node another size, which queries show; its file stays as it is.

    Raises:
        HmpError: The node can't have that size, or another user forbids it.
    """
    if size < 0:
        raise SizeError("Parameter 'size' expects a >0 size")
    user = named_use("an unnamed block device", node, "root", frozenset((RESIZE,)))
    check_use(graph, node, user)
    _check_size(node, size)
    for changed in (node, *_files_of(node)):
        changed.size = round_up(size, SECTOR)
    for above in graph.nodes.values():
        if any(child is node for child in _files_of(above)):
            above.size = node.size


def _check_size(node: Node, size: int) -> None:
    if node.read_only:
        raise ImageError("Image is read-only")
    if size > MAX_BYTES:
        raise SizeError(f"offset({size}) exceeds maximum({MAX_BYTES})")
    lowest = [node, *_files_of(node)][-1]
    if lowest.driver not in ("file", "host_device", "qcow2", "qed", "parallels"):
        raise SizeError("Image format driver does not support resize")
    if lowest.driver == "qcow2" and size % SECTOR:
        raise SizeError(f"The new size must be a multiple of {SECTOR}")


def _files_of(node: Node) -> list[Node]:
    """Return the nodes below that have the same size as one."""
    file = node.file
    if file is None or node.driver not in ("raw", *PASSING):
        return []
    return [file, *_files_of(file)]
