"""The properties of a CPU that the machine starts with, as qom-list and qom-get show them.

libvirt asks each CPU for every one of them (docs/qemu-behaviour/qmp.md §C1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.cpus import topology
from hmp.machine.cpus.cpu import TYPE_SUFFIX
from hmp.machine.cpus.factory import CpuFactory
from hmp.machine.cpus.options import CpuOptions
from hmp.machine.cpus.recorded import cpu_models, properties

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class BoardCpuProperties:
    """The kinds and values of the properties of one CPU."""

    def __init__(self, machine: Machine, index: int) -> None:
        model = machine.cpu.type_name.removesuffix(TYPE_SUFFIX)
        self._properties = properties(model)
        options = machine.cpu_options
        if options is None:
            options = CpuOptions(cpu_models(machine.board)[model], [], [], [])
        self._values = CpuFactory(machine, options).board_values()
        apic_id = topology.apic_id_at(machine.topology, index)
        levels = topology.levels_of(machine.topology, apic_id)
        node = topology.node_of(machine, index)
        self._values |= {f"{level}-id": number for level, number in levels.items()}
        self._values |= {"apic-id": apic_id, "node-id": -1 if node is None else node}

    def __contains__(self, name: str) -> bool:
        return name in self._properties

    def kinds(self) -> list[tuple[str, str]]:
        """Return (name, type) of every property."""
        return [(item.name, item.type) for item in self._properties.values()]

    def value(self, name: str) -> object:
        """Return the value of a property."""
        value = self._values.get(name, self._properties[name].default)
        return "" if value is None else value
