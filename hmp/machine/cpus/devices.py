"""The CPUs as devices: those of the board, and what all have in common. None of them runs."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.machine.boards.types import Board
from hmp.machine.cpus.cpu import ANCESTORS
from hmp.machine.devices.base import BoardDevice, Device, NotHotpluggableError

if TYPE_CHECKING:
    from hmp.machine.cpus.board_properties import BoardCpuProperties
    from hmp.machine.machine import Machine

APIC_TYPE = "apic"


class CpuUnplugError(StateError):
    """The machine can't unplug CPUs, or not that one."""


class CpuDevice(Device):
    """A CPU; `index` is its number among all possible ones, `signature` EDX after a reset.

    `has_apic`: it has an interrupt controller of its own.
    """

    ancestors: ClassVar[tuple[str, ...]] = ANCESTORS

    def __init__(self) -> None:
        super().__init__()
        self.index = self.signature = 0
        self.has_apic = True

    @classmethod
    def is_plugged_by(cls, board: Board) -> bool:
        return board.has_cpus

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if self.has_apic:
            self.add("lapic", BoardDevice(APIC_TYPE, partial(NotHotpluggableError, APIC_TYPE)))
        machine.cpus[self.index] = self
        if hotplugged:
            machine.ports.cpus.insert(self.index)

    def check_unplug(self, machine: Machine, path: str) -> None:
        if machine.board.name == "microvm":
            raise CpuUnplugError("unplug not supported by microvm")
        if not machine.has_power_management:
            raise CpuUnplugError("CPU hot unplug not supported without ACPI")
        if not self.index:
            raise CpuUnplugError("Boot CPU is unpluggable")

    def request_unplug(self, machine: Machine) -> None:
        # After `qom-set ... realized off` the object is still there, and no CPU.
        if machine.cpus.get(self.index) is self:
            machine.ports.cpus.request_removal(self.index)

    def unplug(self, machine: Machine) -> None:
        super().unplug(machine)
        if machine.cpus.get(self.index) is self:
            del machine.cpus[self.index]


class BoardCpu(CpuDevice):
    """One of the CPUs that the machine starts with, whose properties are made when asked for."""

    def __init__(self, machine: Machine, index: int) -> None:
        self.type_name = machine.cpu.type_name
        super().__init__()
        self.machine = machine
        cpu = machine.cpu
        self.index, self.signature, self.has_apic = index, cpu.signature, cpu.has_apic
        self.realized = True

    @cached_property
    def recorded_properties(self) -> BoardCpuProperties:
        """The properties of the CPU's model."""
        from hmp.machine.cpus.board_properties import BoardCpuProperties

        return BoardCpuProperties(self.machine, self.index)

    def list_properties(self) -> list[tuple[str, str]]:
        own = len(self.properties())
        found = super().list_properties()
        return [*found[:own], *self.recorded_properties.kinds(), *found[own:]]

    def get(self, name: str) -> object:
        if name in self.children or self.property(name) or name not in self.recorded_properties:
            return super().get(name)
        return self.recorded_properties.value(name)
