"""sp-mem: specific-purpose memory, which is there from the start, and which the guest does not use
by itself. It has a node, and no slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.memory_device import (
    MemdevBusyError,
    MemdevMissingError,
    MemoryDevice,
    MemoryDeviceInfo,
    NodeRangeError,
)
from hmp.machine.qom.property import Integer, Link, Property

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class SpecificPurposeMemory(MemoryDevice):
    """sp-mem; boards without device memory map it nowhere, at whatever address."""

    type_name = "sp-mem"
    label = "sp-mem"
    description = "Specific-purpose memory, there from the start"
    cold_only = True

    memdev: Property[MemoryBackend | None] = Property(Link("memory-backend"))
    node = Property(Integer(32), default=0, shows_default=True)
    addr = Property(Integer(64), default=0, shows_default=True)

    @property
    def guest_node(self) -> int:
        return self.node

    def describe(self) -> MemoryDeviceInfo:
        fields = (
            ("addr", self.addr),
            ("node", self.node),
            ("size", self.region_size),
            ("memdev", self.backend.path),
        )
        return MemoryDeviceInfo(self.label, self.identifier, fields)

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        super().prepare(machine, hotplugged)
        if machine.board.hotplug:
            nodes = len(machine.numa_nodes)
            if self.node >= nodes:
                raise NodeRangeError(
                    self.node,
                    nodes,
                    f"'node' property value {self.node} exceeds the number of NUMA nodes ({nodes})",
                )
            self.assign_address(machine)
        elif self.memdev is None:
            raise MemdevMissingError("'memdev' property is required")
        if self.backend.user:
            name = self.backend.name
            raise MemdevBusyError(name, f"memory backend '{name}' is already in use")
