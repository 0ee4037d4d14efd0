"""thread-context: the object that says on which CPUs the threads run that preallocate memory.

The threads themselves are started in `mapping.py`.
"""

from __future__ import annotations

import errno
import os
from typing import ClassVar

from hmp.errors import HostError, ParameterError, StateError
from hmp.grammar.numbers import parse_range_list
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Integer, NodeList, Property

CPU_AFFINITY, NODE_AFFINITY = "cpu-affinity", "node-affinity"


class ThreadContext(UserObject):
    """thread-context: a set of the host's CPUs, given as such or by NUMA nodes, but not both at
    creation.
    """

    type_name = "thread-context"
    declared: ClassVar[tuple[Property, ...]] = (
        Property("thread-id", Integer(64, label="int"), default=0, settable=False),
        Property(NODE_AFFINITY, NodeList(), "Host NUMA nodes on whose CPUs the threads run"),
        Property(CPU_AFFINITY, NodeList(), "Host CPUs on which the threads run"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.cpus: set[int] = set()
        self._complete = False

    def show(self, item: Property) -> object:
        if item.name == NODE_AFFINITY:
            raise ParameterError(
                item.name, f"Property '{self.type_name}.{NODE_AFFINITY}' is not readable"
            )
        return sorted(self.cpus) if item.name == CPU_AFFINITY else super().show(item)

    def set(self, item: Property, value: object) -> None:
        assert isinstance(value, list)
        if not value:
            raise ParameterError(
                item.name, f"{'CPU' if item.name == CPU_AFFINITY else 'Node'} list is empty"
            )
        if self.cpus and not self._complete:
            raise StateError("Mixing CPU and node affinity not supported")
        wanted = set(value) if item.name == CPU_AFFINITY else _cpus_of_nodes(value)
        self.cpus = _allowed(wanted) if self._complete else wanted

    def complete(self) -> None:
        """Check that the host has one of the CPUs; without a wish threads run on all of them.

        Threads are started only when memory is preallocated, so thread-id is that of the process.
        """
        self.cpus = _allowed(self.cpus) if self.cpus else set(os.sched_getaffinity(0))
        self._complete = True
        self.values["thread-id"] = os.getpid()

    def release(self) -> None:
        """Nothing to give back."""

    def check_deletable(self) -> None:
        """It may always go, even while it is linked."""


def _allowed(wanted: set[int]) -> set[int]:
    found = wanted & os.sched_getaffinity(0)
    if not found:
        raise HostError.from_errno("Setting CPU affinity failed", errno.EINVAL)
    return found


def _cpus_of_nodes(nodes: list[int]) -> set[int]:
    found: set[int] = set()
    for node in nodes:
        try:
            with open(f"/sys/devices/system/node/node{node}/cpulist", encoding="ascii") as cpus:
                found.update(parse_range_list(cpus.read().strip()))
        except (OSError, ValueError):
            continue
    if not found:
        raise StateError("The nodes select no CPUs")
    return found
