"""thread-context: the object that selects the CPUs on which preallocating threads run."""

from __future__ import annotations

import errno
import os

from hmp.errors import HostCallError, HostError, ParameterError, StateError
from hmp.grammar.numbers import parse_range_list
from hmp.machine import system_calls
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Integer, NodeList, Property


class ThreadContext(UserObject):
    """thread-context: a set of host CPUs, given as such or, at creation, by NUMA nodes instead."""

    type_name = "thread-context"
    thread_id = Property(Integer(64, label="int"), default=0, settable=False)
    node_affinity: Property[list[int]] = Property(
        NodeList(), "Host NUMA nodes on whose CPUs the threads run"
    )
    cpu_affinity: Property[list[int]] = Property(NodeList(), "Host CPUs on which the threads run")

    def __init__(self) -> None:
        super().__init__()
        self.cpus: set[int] = set()
        self._complete = False

    @node_affinity.getter
    def _get_node_affinity(self) -> list[int]:
        raise ParameterError(
            "node-affinity", f"Property '{self.type_name}.node-affinity' is not readable"
        )

    @cpu_affinity.getter
    def _get_cpu_affinity(self) -> list[int]:
        return sorted(self.cpus)

    @node_affinity.setter
    def _set_node_affinity(self, nodes: list[int]) -> None:
        if not nodes:
            raise ParameterError("node-affinity", "Node list is empty")
        self._check_not_mixed()
        self._select(_cpus_of_nodes(nodes))

    @cpu_affinity.setter
    def _set_cpu_affinity(self, cpus: list[int]) -> None:
        if not cpus:
            raise ParameterError("cpu-affinity", "CPU list is empty")
        self._check_not_mixed()
        self._select(set(cpus))

    def _check_not_mixed(self) -> None:
        # Once complete, either may replace the CPUs
        # (tests/recordings/hmp/backends/thread-context.hmp).
        if self.cpus and not self._complete:
            raise StateError("Mixing CPU and node affinity not supported")

    def _select(self, cpus: set[int]) -> None:
        self.cpus = _allowed(cpus) if self._complete else cpus

    def complete(self) -> None:
        """Check that the host has one of the CPUs; when none are given, threads run on all.

        Threads are started only when memory is preallocated, so thread-id is that of the process.
        """
        self.cpus = _allowed(self.cpus) if self.cpus else _allowed_cpus()
        self._complete = True
        self.thread_id = os.getpid()


def _allowed_cpus() -> set[int]:
    with HostError.wrapping_calls("Setting CPU affinity failed"):
        return system_calls.allowed_cpus()


def _allowed(cpus: set[int]) -> set[int]:
    # As sched_setaffinity does: one CPU that the host allows is enough.
    found = cpus & _allowed_cpus()
    if not found:
        raise HostError.from_errno("Setting CPU affinity failed", errno.EINVAL)
    return found


def _cpus_of_nodes(nodes: list[int]) -> set[int]:
    found: set[int] = set()
    for node in nodes:
        try:
            listed = system_calls.read_file(f"/sys/devices/system/node/node{node}/cpulist")
        except HostCallError as error:
            if error.errno == errno.ENOENT:
                continue
            raise HostError.from_call("Setting CPU affinity failed", error) from None
        found.update(parse_range_list(listed.decode("latin-1").strip()))
    if not found:
        raise StateError("The nodes select no CPUs")
    return found
