"""CPUs that -device and device_add plug: their types with all properties, made from `models.json`
when one is first named.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from hmp.errors import StateError
from hmp.machine.boards.types import Board
from hmp.machine.cpus import places, topology
from hmp.machine.cpus.cpu import TYPE_SUFFIX
from hmp.machine.cpus.devices import CpuDevice
from hmp.machine.cpus.factory import CpuFactory
from hmp.machine.cpus.options import CpuOptions
from hmp.machine.cpus.properties import READ_ONLY_TYPES, check_value, property_type
from hmp.machine.cpus.recorded import CpuProperty, cpu_models, properties
from hmp.machine.qom.property import Property

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# They can be set at any time (experiment: qom-set of each).
SETTABLE_WHEN_REALIZED = (
    *("family", "model", "stepping", "model-id", "vendor", "tsc-frequency", "start-powered-off"),
)


class CpuTypeError(StateError):
    """All CPUs of a machine are of one type, and this is another one."""

    parameter = "driver"

    def __init__(self, expected: str) -> None:
        super().__init__(f"Invalid CPU type, expected cpu type: '{expected}'")
        self.expected = expected


class PluggedCpu(CpuDevice):
    """A CPU with its properties; `factory` holds their values."""

    factory: CpuFactory

    def apply_defaults(self, board: Board) -> None:
        """Take what -cpu sets of this type, too."""
        model = cpu_models(board)[self.type_name.removesuffix(TYPE_SUFFIX)]
        options = self.machine.cpu_options
        if options is None or options.model != model:
            options = CpuOptions(model, [], [], [])
        self.factory = CpuFactory(self.machine, options)
        self.factory.apply_properties()

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        super().prepare(machine, hotplugged)
        if not machine.has_cpu:
            raise StateError("apic-id property was not initialized properly")
        if self.type_name != machine.cpu.type_name:
            raise CpuTypeError(machine.cpu.type_name)
        values = self.factory.values
        place = places.find_place(machine, values)
        values["node-id"] = places.check_node(machine, values, place.cpu_index)
        values["apic-id"] = place.apic_id
        values.update((f"{level}-id", number) for level, number in place.numbers.items())
        cpu = self.factory.finish()
        topology.check_apic_id(cpu, place.apic_id)
        self.index, self.signature = place.cpu_index, cpu.signature
        self.has_apic = cpu.has_apic


@cache
def cpu_class(type_name: str) -> type[PluggedCpu]:
    """Return the class of a type of CPUs."""
    model = type_name.removesuffix(TYPE_SUFFIX)
    members: dict[str, object] = {
        "type_name": type_name,
        "__doc__": f"{type_name}, from the recorded models.",
        **{f"property {item.name}": _declare(item) for item in properties(model).values()},
    }
    return cast("type[PluggedCpu]", type(f"Cpu_{model}", (PluggedCpu,), members))


def _declare(item: CpuProperty) -> Property:
    declared: Property = Property(
        property_type(item),
        item.help,
        item.default,
        name=item.name,
        settable=item.type not in READ_ONLY_TYPES,
        settable_when_realized=item.name in SETTABLE_WHEN_REALIZED,
    )

    def get(cpu: PluggedCpu) -> object:
        return cpu.factory.values.get(item.name, item.default)

    def put(cpu: PluggedCpu, value: object) -> None:
        check_value(item, value)
        cpu.factory.set(item.name, value)

    declared.getter(get)
    declared.setter(put)
    return declared
